#include "glyffuser/text/ascii.hpp"

#include <unordered_map>
#include <utility>

namespace glyffuser {
namespace {

struct Row {
  std::string_view ascii;
  std::u32string_view characters;
};

// Every letter of the Latin blocks up to U+024F and of Latin Extended Additional whose canonical
// decomposition (NFD) begins with an ASCII letter, the few that have none but are commonly written so, and
// punctuation.
constexpr Row kRows[] = {
    {"A", U"ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ"},
    {"AE", U"Æ"},
    {"C", U"ÇĆĈĊČḈ"},
    {"E", U"ÈÉÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ"},
    {"I", U"ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ"},
    {"D", U"ÐĎĐḊḌḎḐḒ"},
    {"N", U"ÑŃŅŇǸṄṆṈṊ"},
    {"O", U"ÒÓÔÕÖØŌŎŐƠǑǪǬȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ"},
    {"U", U"ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ"},
    {"Y", U"ÝŶŸȲẎỲỴỶỸ"},
    {"Th", U"Þ"},
    {"ss", U"ß"},
    {"a", U"àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ"},
    {"ae", U"æ"},
    {"c", U"çćĉċčḉ"},
    {"e", U"èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"},
    {"i", U"ìíîïĩīĭįıǐȉȋḭḯỉị"},
    {"d", U"ðďđḋḍḏḑḓ"},
    {"n", U"ñńņňǹṅṇṉṋ"},
    {"o", U"òóôõöøōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ"},
    {"u", U"ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"},
    {"y", U"ýÿŷȳẏẙỳỵỷỹ"},
    {"th", U"þ"},
    {"G", U"ĜĞĠĢǦǴḠ"},
    {"g", U"ĝğġģǧǵḡ"},
    {"H", U"ĤȞḢḤḦḨḪ"},
    {"h", U"ĥȟḣḥḧḩḫẖ"},
    {"J", U"Ĵ"},
    {"j", U"ĵǰ"},
    {"K", U"ĶǨḰḲḴ"},
    {"k", U"ķǩḱḳḵ"},
    {"L", U"ĹĻĽŁḶḸḺḼ"},
    {"l", U"ĺļľłḷḹḻḽ"},
    {"OE", U"Œ"},
    {"oe", U"œ"},
    {"R", U"ŔŖŘȐȒṘṚṜṞ"},
    {"r", U"ŕŗřȑȓṙṛṝṟ"},
    {"S", U"ŚŜŞŠȘṠṢṤṦṨ"},
    {"s", U"śŝşšșṡṣṥṧṩ"},
    {"T", U"ŢŤȚṪṬṮṰ"},
    {"t", U"ţťțṫṭṯṱẗ"},
    {"W", U"ŴẀẂẄẆẈ"},
    {"w", U"ŵẁẃẅẇẉẘ"},
    {"Z", U"ŹŻŽẐẒẔ"},
    {"z", U"źżžẑẓẕ"},
    {"B", U"ḂḄḆ"},
    {"b", U"ḃḅḇ"},
    {"F", U"Ḟ"},
    {"f", U"ḟ"},
    {"M", U"ḾṀṂ"},
    {"m", U"ḿṁṃ"},
    {"P", U"ṔṖ"},
    {"p", U"ṕṗ"},
    {"V", U"ṼṾ"},
    {"v", U"ṽṿ"},
    {"X", U"ẊẌ"},
    {"x", U"ẋẍ"},
    {"\"", U"“”„«»"},
    {"'", U"‘’‚ʼ′"},
    {"-", U"‐‑‒–"},
    {" - ", U"—―"},
    {"...", U"…"},
    {" ", U"\u00a0\u3000\u2009"},
    {"0", U"₀⁰"},
    {"1", U"₁¹"},
    {"2", U"₂²"},
    {"3", U"₃³"},
    {"4", U"₄⁴"},
    {"5", U"₅⁵"},
    {"6", U"₆⁶"},
    {"7", U"₇⁷"},
    {"8", U"₈⁸"},
    {"9", U"₉⁹"},
    {",", U"，、"},
    {";", U"；"},
    {"(", U"（"},
    {")", U"）"},
};

using Table = std::unordered_map<char32_t, std::string_view>;

Table make_table() {
  Table table;
  for (const auto& [ascii, characters] : kRows)
    for (const char32_t character : characters) table.emplace(character, ascii);
  for (char32_t mark = 0x300; mark <= 0x36F; ++mark) table.emplace(mark, "");  // combining accents
  return table;
}

}  // namespace

std::optional<std::string_view> to_ascii(char32_t code_point) {
  static const Table kTable = make_table();
  const auto found = kTable.find(code_point);
  if (found == kTable.end()) return std::nullopt;
  return found->second;
}

}  // namespace glyffuser
