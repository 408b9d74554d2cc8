#include "glyffuser/sample/serve.hpp"

#include <nlohmann/json.hpp>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/outline.hpp"
#include "glyffuser/sample/job.hpp"
#include "glyffuser/sample/outputs.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser {
namespace {

using nlohmann::ordered_json;

constexpr const char* kId = "id";

void check_for_serving(const SampleConfig& config) {
  const auto refuse = [](bool given, const char* what) {
    if (given)
      throw ConfigError(cat(what, " is given with --prompts -, which draws one request after another"));
  };
  refuse(!config.prompts.empty(), "--prompt");
  refuse(!config.grid.empty(), "--grid");
  refuse(!config.shard.empty(), "--shard");
  refuse(!config.noise.empty(), "--noise");
  refuse(!config.raw.empty(), "--raw");
  refuse(!config.animation.empty(), "--animation");
  if (config.svg) check_potrace();
  check_preview(config);
  refuse(std::filesystem::path(config.out).extension() == ".png", "an --out of one picture");
}

class Server {
 public:
  Server(SampleConfig config, const DataConfig& data, const torch::Device& device)
      : config_(with_folder(std::move(config))),
        drawer_(config_, data, device),
        manifest_(manifest_file(config_.out, {}), Manifest::Repeats::possible) {
    if (config_.nearest) resemblances_.emplace(data, drawer_.model().info.image_size);
  }

  /// The answer to one line; empty if it was cancelled.
  ordered_json answer(const std::string& line, std::size_t number, const Cancellation& cancelled) {
    ordered_json answer = ordered_json::object();
    try {
      const std::string request = without_id(line, answer, cat("line ", number));
      answer["images"] = draw(parse_request(request, config_.request, cat("line ", number)), cancelled);
    } catch (const Error& failure) {
      fail(answer, failure, failure.code());
    } catch (const std::exception& failure) {
      fail(answer, failure, ExitCode::runtime);
    }
    return answer;
  }

  ExitCode finish() {
    manifest_.tidy();
    return exit_code_;
  }

 private:
  // The next request may do better: too large a batch, a name too long for the file system.
  void fail(ordered_json& answer, const std::exception& failure, ExitCode code) {
    if (exit_code_ == ExitCode::done) exit_code_ = code;
    answer["error"] = first_line(failure);
    log::warning(first_line(failure));
  }

  // All requests share one folder, below which each prompt has its own.
  static SampleConfig with_folder(SampleConfig config) {
    if (config.out.empty()) config.out = "samples";
    return config;
  }

  /// Takes the id over into the answer, of whatever type it is.
  static std::string without_id(const std::string& line, ordered_json& answer, const std::string& place) {
    check_depth(line, place);
    ordered_json request = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!request.is_object() || !request.contains(kId)) return line;
    answer[kId] = request[kId];
    check_keys(line, place);
    request.erase(kId);
    return request.dump();
  }

  ordered_json draw(const Request& request, const Cancellation& cancelled) {
    const Plan plan(config_, Requests(request), drawer_.model().info.conditional);
    ordered_json images = ordered_json::array();
    Job(config_, drawer_, plan, &manifest_, resemblances_ ? &*resemblances_ : nullptr)
        .run(cancelled, /*quiet=*/true,
             [&](const Picture&, const std::string& entry) { images.push_back(ordered_json::parse(entry)); });
    return images;
  }

  SampleConfig config_;
  Drawer drawer_;
  Manifest manifest_;
  std::optional<Resemblances> resemblances_;
  ExitCode exit_code_ = ExitCode::done;
};

}  // namespace

ExitCode serve_requests(const SampleConfig& config, const DataConfig& data, const torch::Device& device,
                        const Cancellation& cancelled, LineInput& input, const ResultSink& answer) {
  check_for_serving(config);
  Server server(config, data, device);
  log::info("ready: one JSON request a line, until the input ends");
  std::size_t number = 0;
  while (const auto line = input.next()) {
    ++number;
    if (trim(*line).empty()) continue;
    const ordered_json reply = server.answer(*line, number, cancelled);
    if (cancelled) break;
    answer(reply.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  }
  return server.finish();
}

}  // namespace glyffuser
