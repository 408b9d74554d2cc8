#include "glyffuser/image/font.hpp"

#include <ft2build.h>
#include FT_FREETYPE_H

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

// 26.6 fixed point to whole pixels, to the nearest.
int pixels(FT_Pos length) {
  return static_cast<int>((length + 32) >> 6);
}

std::string reason(FT_Error failure) {
  const char* text = FT_Error_String(failure);
  return text ? text : cat("FreeType error ", failure);
}

}  // namespace

// A library of its own per face: FreeType allows threads as long as they share neither.
struct Font::Face {
  FT_Library library = nullptr;
  FT_Face face = nullptr;
  std::string name;

  Face() = default;
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;
  ~Face() {
    if (face) FT_Done_Face(face);
    if (library) FT_Done_FreeType(library);
  }
};

Font::Font(const std::filesystem::path& file, int face_index, int pixel_size)
    : face_(std::make_unique<Face>()) {
  face_->name = file.string();
  const std::string& name = face_->name;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored))
    throw FileError(cat(name, ": no such file; a font was expected"));
  if (FT_Init_FreeType(&face_->library) != 0) throw RunError("FreeType cannot be started");
  if (const FT_Error failure = FT_New_Face(face_->library, name.c_str(), -1, &face_->face))
    throw FileError(cat(name, ": not a font that FreeType can read: ", reason(failure)));
  const FT_Long faces = face_->face->num_faces;
  FT_Done_Face(face_->face);
  face_->face = nullptr;
  if (face_index < 0 || face_index >= faces)
    throw FileError(cat(name, ": has no face ", face_index, "; its faces are 0 to ", faces - 1));
  if (const FT_Error failure = FT_New_Face(face_->library, name.c_str(), face_index, &face_->face))
    throw FileError(cat(name, ": face ", face_index, " cannot be read: ", reason(failure)));
  if (!FT_IS_SCALABLE(face_->face) || FT_Select_Charmap(face_->face, FT_ENCODING_UNICODE) != 0)
    throw FileError(cat(name, ": not a scalable font with a Unicode character map"));
  if (const FT_Error failure = FT_Set_Pixel_Sizes(face_->face, 0, static_cast<FT_UInt>(pixel_size)))
    throw FileError(cat(name, ": cannot be scaled to ", pixel_size, " pixels: ", reason(failure)));
}

Font::~Font() = default;
Font::Font(Font&&) noexcept = default;
Font& Font::operator=(Font&&) noexcept = default;

bool Font::covers(char32_t code_point) const {
  return FT_Get_Char_Index(face_->face, code_point) != 0;
}

std::vector<char32_t> Font::characters() const {
  std::vector<char32_t> covered;
  FT_UInt glyph = 0;
  for (FT_ULong code = FT_Get_First_Char(face_->face, &glyph); glyph != 0;
       code = FT_Get_Next_Char(face_->face, code, &glyph))
    covered.push_back(static_cast<char32_t>(code));
  return covered;
}

GlyphBitmap Font::render(char32_t code_point) const {
  // Hinted with the font's own hints and antialiased: what Pillow draws.
  const FT_Int32 flags = FT_LOAD_RENDER | FT_LOAD_NO_BITMAP;
  if (const FT_Error failure = FT_Load_Char(face_->face, code_point, flags))
    throw FileError(
        cat(face_->name, ": the glyph ", code_point_name(code_point), " cannot be drawn: ", reason(failure)));
  const FT_GlyphSlot slot = face_->face->glyph;
  const FT_Bitmap& bitmap = slot->bitmap;
  GlyphBitmap glyph{.width = static_cast<int>(bitmap.width),
                    .height = static_cast<int>(bitmap.rows),
                    .left = slot->bitmap_left,
                    .top = slot->bitmap_top,
                    .advance = pixels(slot->advance.x),
                    .ink = {}};
  glyph.ink.reserve(bitmap.width * bitmap.rows);
  for (unsigned row = 0; row < bitmap.rows; ++row) {
    const std::uint8_t* source = bitmap.buffer + static_cast<std::ptrdiff_t>(row) * bitmap.pitch;
    glyph.ink.insert(glyph.ink.end(), source, source + bitmap.width);
  }
  return glyph;
}

std::string font_engine() {
  FT_Library library = nullptr;
  if (FT_Init_FreeType(&library) != 0) throw RunError("FreeType cannot be started");
  FT_Int major = 0, minor = 0, patch = 0;
  FT_Library_Version(library, &major, &minor, &patch);
  FT_Done_FreeType(library);
  return cat("FreeType ", major, ".", minor, ".", patch);
}

}  // namespace glyffuser
