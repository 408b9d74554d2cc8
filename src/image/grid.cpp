#include "glyffuser/image/grid.hpp"

#include <algorithm>
#include <stdexcept>

namespace glyffuser {
namespace {

constexpr std::uint8_t kWhite = 255;
constexpr std::uint8_t kLine = 222;
constexpr std::uint8_t kLabel = 70;
constexpr std::uint8_t kTitle = 20;
constexpr int kMaxLines = 3;
constexpr int kMaxCaptionLines = 2;

using TextLines = std::vector<std::u32string>;

/// Where the cells lie. All lengths in pixels.
struct Cells {
  int width, height, columns, rows;
  int line;      ///< thickness of the lines between and around the cells
  int apart;     ///< the first column behind the gap
  int left = 0;  ///< of the outer line
  int top = 0;
  int caption = 0;  ///< height of what stands below each image

  int gap() const { return width / 8; }
  int x(int column) const {
    return left + line + column * (width + line) + (column >= apart ? line + gap() : 0);
  }
  int y(int row) const { return top + line + row * (height + caption + line); }
  int right() const { return x(columns - 1) + width + line; }
  int bottom() const { return y(rows); }
};

bool is_empty(const GrayImage& image) {
  return image.pixels.empty();
}

int line_between(int width, int height) {
  return std::max(1, std::min(width, height) / 96);
}

Cells measure(const std::vector<GrayImage>& images, int columns, int set_apart) {
  const auto first = std::find_if_not(images.begin(), images.end(), is_empty);
  if (first == images.end() || columns < 1)
    throw std::invalid_argument("make_grid: there is nothing to draw");
  for (const GrayImage& image : images) {
    if (!is_empty(image) && (image.width != first->width || image.height != first->height)) {
      throw std::invalid_argument("make_grid: the images differ in size");
    }
  }
  const int count = static_cast<int>(images.size());
  const int used = std::min(columns, count);
  return {.width = first->width,
          .height = first->height,
          .columns = used,
          .rows = (count + columns - 1) / columns,
          .line = line_between(first->width, first->height),
          .apart = set_apart > 0 && set_apart < columns ? columns - set_apart : used};
}

void draw_cells(GrayImage& canvas, const Cells& cells, const std::vector<GrayImage>& images) {
  const auto fill_row = [&](int x, int y, int count, std::uint8_t gray) {
    const auto at = static_cast<std::ptrdiff_t>(y) * canvas.width + x;
    std::fill_n(canvas.pixels.begin() + at, count, gray);
  };
  for (int i = 0; i < static_cast<int>(images.size()); ++i) {
    const GrayImage& image = images[static_cast<std::size_t>(i)];
    if (is_empty(image)) continue;
    const int x = cells.x(i % cells.columns);
    const int y = cells.y(i / cells.columns);
    for (int row = -cells.line; row < cells.height + cells.caption + cells.line; ++row) {
      const bool edge = row < 0 || row >= cells.height + cells.caption;
      fill_row(x - cells.line, y + row, cells.width + 2 * cells.line, kLine);
      if (!edge) fill_row(x, y + row, cells.width, kWhite);
      if (row < 0 || row >= cells.height) continue;
      const auto from = image.pixels.begin() + static_cast<std::ptrdiff_t>(row) * cells.width;
      std::copy_n(from, cells.width,
                  canvas.pixels.begin() + static_cast<std::ptrdiff_t>(y + row) * canvas.width + x);
    }
  }
}

/// The labels of one grid, set in lines; it finds the space they need and draws them.
class Labels {
 public:
  Labels(const GridLabels& labels, const FontFile& file, Cells& cells)
      : small_(file, std::clamp(std::min(cells.width, cells.height) * 2 / 15, 11, 36)),
        large_(file, small_.size * 4 / 3),
        margin_(small_.size) {
    const int row_lines = std::clamp(cells.height / small_.line_height(), 1, kMaxLines);
    const int row_limit = std::clamp(cells.width * 3 / 2, 8 * small_.size, 14 * small_.size);
    rows_ = wrap_all(labels.rows, cells.rows, row_limit, row_lines);
    columns_ = wrap_all(labels.columns, cells.columns, cells.width - small_.size / 3, kMaxLines);
    captions_ = wrap_all(labels.captions, cells.columns * cells.rows, cells.width - small_.size / 3,
                         kMaxCaptionLines);
    cells.caption = height(small_, tallest(captions_));
    cells.left = margin_ + widest(rows_) + (rows_.empty() ? 0 : small_.size * 2 / 3);
    title_ = wrap_text(large_, labels.title, cells.right() - margin_, kMaxLines);
    const int title_height = height(large_, title_.size());
    columns_top_ = margin_ + title_height + (title_.empty() ? 0 : large_.size / 2);
    cells.top = columns_top_ + height(small_, tallest(columns_)) + (columns_.empty() ? 0 : small_.size / 4);
  }

  int margin() const { return margin_; }

  void draw(GrayImage& canvas, const Cells& cells) const {
    draw_text(canvas, large_, title_, margin_, margin_, 0, kTitle);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int blank = height(small_, tallest(columns_) - columns_[i].size());
      const int middle = cells.x(static_cast<int>(i)) + cells.width / 2;
      draw_text(canvas, small_, columns_[i], middle, columns_top_ + blank, 0.5, kLabel);
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const int blank = cells.height - height(small_, rows_[i].size());
      const int y = cells.y(static_cast<int>(i)) + blank / 2;
      draw_text(canvas, small_, rows_[i], cells.left - small_.size * 2 / 3, y, 1, kLabel);
    }
    for (std::size_t i = 0; i < captions_.size(); ++i) {
      const int cell = static_cast<int>(i);
      const int middle = cells.x(cell % cells.columns) + cells.width / 2;
      draw_text(canvas, small_, captions_[i], middle, cells.y(cell / cells.columns) + cells.height, 0.5,
                kLabel);
    }
  }

 private:
  std::vector<TextLines> wrap_all(const std::vector<std::string>& texts, int count, int width,
                                  int lines) const {
    std::vector<TextLines> wrapped;
    for (const std::string& text : texts) {
      if (static_cast<int>(wrapped.size()) < count) wrapped.push_back(wrap_text(small_, text, width, lines));
    }
    return tallest(wrapped) == 0 ? std::vector<TextLines>() : wrapped;
  }

  int widest(const std::vector<TextLines>& labels) const {
    int width = 0;
    for (const TextLines& lines : labels) {
      for (const std::u32string& line : lines) width = std::max(width, text_width(small_, line));
    }
    return width;
  }

  static std::size_t tallest(const std::vector<TextLines>& labels) {
    std::size_t lines = 0;
    for (const TextLines& label : labels) lines = std::max(lines, label.size());
    return lines;
  }

  static int height(const LabelFont& font, std::size_t lines) {
    return font.line_height() * static_cast<int>(lines);
  }

  LabelFont small_;
  LabelFont large_;
  int margin_;
  std::vector<TextLines> rows_;
  std::vector<TextLines> columns_;
  std::vector<TextLines> captions_;
  TextLines title_;
  int columns_top_ = 0;
};

}  // namespace

std::pair<int, int> grid_size(int rows, int columns, int width, int height) {
  const Cells cells{.width = width,
                    .height = height,
                    .columns = columns,
                    .rows = rows,
                    .line = line_between(width, height),
                    .apart = columns};
  return {cells.right(), cells.bottom()};
}

GrayImage make_grid(const std::vector<GrayImage>& images, int columns, const GridLabels& labels,
                    const std::optional<FontFile>& font) {
  Cells cells = measure(images, columns, labels.set_apart);
  std::optional<Labels> texts;
  const bool labelled =
      !labels.title.empty() || !labels.rows.empty() || !labels.columns.empty() || !labels.captions.empty();
  if (font && labelled) texts.emplace(labels, *font, cells);
  const int margin = texts ? texts->margin() : 0;
  GrayImage canvas{.width = cells.right() + margin, .height = cells.bottom() + margin, .pixels = {}};
  canvas.pixels.assign(static_cast<std::size_t>(canvas.width) * static_cast<std::size_t>(canvas.height),
                       kWhite);
  draw_cells(canvas, cells, images);
  if (texts) texts->draw(canvas, cells);
  return canvas;
}

}  // namespace glyffuser
