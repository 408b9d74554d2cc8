#include "glyffuser/umap/page_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace glyffuser {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(PageTemplate, HoldsTheMarkForTheDataOnceAndNoOther) {
  EXPECT_EQ(count(page_template(), "{{data}}"), 1);
  for (const auto* mark : {"{{style}}", "{{script}}", "{{d3}}"})
    EXPECT_EQ(count(page_template(), mark), 0) << mark;
}

TEST(PageTemplate, IsOneWholeDocument) {
  const std::string page(page_template());
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_THAT(page, EndsWith("</html>\n"));
  EXPECT_EQ(count(page, "<script>"), count(page, "</script>"));
}

TEST(PageTemplate, CarriesD3WithItsLicence) {
  const std::string page(page_template());
  EXPECT_THAT(page, HasSubstr("Permission to use, copy, modify, and/or distribute"));
  EXPECT_THAT(page, HasSubstr("Mike Bostock"));
}

TEST(PageTemplate, LoadsNothing) {
  const std::string page(page_template());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const auto* tag : {"<script src", "<link rel=\"stylesheet", "<img ", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(tag)));
  }
}

}  // namespace
}  // namespace glyffuser
