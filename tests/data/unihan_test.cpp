#include "glyffuser/data/unihan.hpp"

#include <bzlib.h>

#include "glyffuser/core/files.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

constexpr const char* kReadings = "/usr/share/unicode/Unihan_Readings.txt.bz2";

std::string compress(std::string text) {
  std::vector<char> out(text.size() + 1000);
  auto size = static_cast<unsigned>(out.size());
  EXPECT_EQ(
      BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(), static_cast<unsigned>(text.size()), 9, 0, 0),
      BZ_OK);
  return {out.data(), size};
}

TEST(UnihanTest, DebiansReadingsHaveTheirDefinitions) {
  const std::vector<Definition> all = read_definitions(kReadings);
  EXPECT_EQ(all.size(), 22903U);  // lines with kDefinition in Unihan 15.0
  EXPECT_EQ(all.front().code_point, U'㐀');
  EXPECT_EQ(all.front().text, "(same as U+4E18 丘) hillock or mound");
}

TEST(UnihanTest, AllThreeNotationsMeanTheSame) {
  const testing::TemporaryFolder folder;
  for (const char* text : {"# comment\n\nU+4E18\tkDefinition\thill\nU+4E18\tkMandarin\tqiu\n", "U+4E18\thill",
                           "丘\thill\r\n", "\xEF\xBB\xBF丘\thill\n"}) {
    const auto all = read_definitions(folder.write("definitions.tsv", text));
    ASSERT_EQ(all.size(), 1U) << text;
    EXPECT_EQ(all[0].code_point, U'丘');
    EXPECT_EQ(all[0].text, "hill");
  }
}

TEST(UnihanTest, Bzip2OfSeveralStreamsIsOneFile) {
  const testing::TemporaryFolder folder;
  const auto file = folder.write("two.bz2", compress("丘\thill\n") + compress("木\ttree\n"));
  EXPECT_EQ(read_definitions(file).size(), 2U);
}

TEST(UnihanTest, BadLinesAreNamed) {
  const testing::TemporaryFolder folder;
  const auto reading = [&](const std::string& text) {
    return [file = folder.write("d.txt", text)] { read_definitions(file); };
  };
  testing::expect_error<FileError>(reading("丘\thill\njust text\n"), {"d.txt:2:", "was expected"});
  testing::expect_error<FileError>(reading("U+XYZ\thill\n"), {"d.txt:1:", "`U+XYZ`"});
  testing::expect_error<FileError>(reading("U+110000\thill\n"), {"d.txt:1:", "not a character"});
  for (const char* none : {"U+0000", "U+D800", "U+DFFF"})
    testing::expect_error<FileError>(reading(std::string(none) + "\thill\n"),
                                     {"d.txt:1:", "not a character"});
  testing::expect_error<FileError>(reading(std::string("\0\thill\n", 7)), {"d.txt:1:"});
  testing::expect_error<FileError>(reading("丘木\thill\n"), {"d.txt:1:", "not a character"});
  testing::expect_error<FileError>(reading("丘\thill\n丘\tmound\n"), {"d.txt:2:", "line 1"});
  testing::expect_error<FileError>(reading("丘\tcaf\xE9\n"), {"d.txt:1:"});
  testing::expect_error<FileError>(reading(""), {"d.txt", "no definition"});
  testing::expect_error<FileError>(reading("# only a comment\n"), {"d.txt", "no definition"});
  testing::expect_error<FileError>([&] { read_definitions(folder / "none.txt"); }, {"none.txt"});
}

TEST(UnihanTest, DamagedBzip2IsNamed) {
  const testing::TemporaryFolder folder;
  const std::string whole = read_file(kReadings);
  const auto reading = [&](const std::string& bytes) {
    return [file = folder.write("r.bz2", bytes)] { read_definitions(file); };
  };
  testing::expect_error<FileError>(reading(whole.substr(0, whole.size() / 2)), {"r.bz2", "ends after"});
  testing::expect_error<FileError>(reading("BZh"), {"r.bz2", "ends after"});
  std::string damaged = whole;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  testing::expect_error<FileError>(reading(damaged), {"r.bz2", "damaged"});
  testing::expect_error<FileError>(reading("BZh no bzip2 data"), {"r.bz2", "damaged"});
}

TEST(UnihanTest, DefinitionsComeInTheOrderOfTheirCharacters) {
  const testing::TemporaryFolder folder;
  const auto all = read_definitions(folder.write("definitions.tsv", "木\ttree\n丘\thill\n金\tgold\n"));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].text, "hill");
  EXPECT_EQ(all[1].text, "tree");
  EXPECT_EQ(all[2].text, "gold");
}

}  // namespace
}  // namespace glyffuser
