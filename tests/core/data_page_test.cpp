#include "glyffuser/core/data_page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace glyffuser {

TEST(DataPageTest, BytesAreBase64) {
  EXPECT_EQ(page_block("tiles-0", "foobar"),
            "<script type=\"application/octet-stream\" id=\"tiles-0\">Zm9vYmFy</script>\n");
}

TEST(DataPageTest, JsonCannotEndItsElement) {
  const std::string text = "</script><!-- <script> \\ \"";
  const std::string block = page_json_block("d", nlohmann::json({{"text", text}}).dump());
  const std::size_t begin = block.find('>') + 1;
  const std::string content = block.substr(begin, block.rfind("</script>") - begin);
  EXPECT_EQ(content.find('<'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(content)["text"], text);
}

TEST(DataPageTest, DataTakesThePlaceOfTheMark) {
  EXPECT_EQ(fill_page("a {{data}} b", "{{data}}"), "a {{data}} b");
  EXPECT_EQ(fill_page("<p>{{data}}</p>", "x"), "<p>x</p>");
  EXPECT_THROW(fill_page("nothing", "x"), std::logic_error);
}

}  // namespace glyffuser
