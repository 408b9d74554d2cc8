#include "glyffuser/sample/serve.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/outline.hpp"
#include "glyffuser/sample/job.hpp"
#include "glyffuser/sample/outputs.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser {
namespace {

using nlohmann::ordered_json;

/// An id as it came, or nothing that is like it: a number of more digits would come back as another.
ordered_json json_of_scalar(const config::Node& node) {
  if (node.quoted) return node.scalar;
  ordered_json json = ordered_json::parse(node.scalar);
  if (json.is_number_float() && node.scalar.find_first_of(".eE") == std::string::npos)
    throw ConfigError(cat(node.place, ": `id` is ", node.scalar, ", expected a number below 2^64 or a text"));
  return json;
}

ordered_json json_of(const config::Node& node) {
  using Kind = config::Node::Kind;
  ordered_json json;
  if (node.kind == Kind::scalar) return json_of_scalar(node);
  if (node.kind == Kind::sequence) json = ordered_json::array();
  if (node.kind == Kind::map) json = ordered_json::object();
  for (const config::Node& item : node.items) json.push_back(json_of(item));
  for (const auto& [key, value] : node.entries) json[key] = json_of(value);
  return json;
}

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
  refuse(is_one_picture(config), "an --out of one picture");
}

class Server {
 public:
  Server(SampleConfig config, const DataConfig& data, const torch::Device& device)
      : config_(with_folder(std::move(config))),
        drawer_(config_, data, device),
        manifest_(manifest_file(config_.out, {}), Manifest::Repeats::possible) {
    check_can_be_made(manifest_.file());
    if (config_.nearest) resemblances_.emplace(data, drawer_.model().info.image_size);
  }

  /// The answer to one line; incomplete if it was cancelled.
  ordered_json answer(const std::string& line, std::size_t number, const Cancellation& cancelled) {
    ordered_json answer = ordered_json::object();
    try {
      config::Node record = parse_record(line, cat("line ", number));
      move_id(record, answer);
      answer["images"] = draw(request_from(std::move(record), config_.request), cancelled);
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
    answer["error"] = short_message(failure);
    log::warning(short_message(failure));
  }

  // All requests share one folder, below which each prompt has its own.
  static SampleConfig with_folder(SampleConfig config) {
    if (config.out.empty()) config.out = "samples";
    return config;
  }

  /// Takes the id out of the record and over into the answer, of whatever type it is.
  static void move_id(config::Node& record, ordered_json& answer) {
    const auto id = std::find_if(record.entries.begin(), record.entries.end(),
                                 [](const auto& entry) { return entry.first == "id"; });
    if (id == record.entries.end()) return;
    answer["id"] = json_of(id->second);
    record.entries.erase(id);
    if (record.find("id")) throw ConfigError(cat(record.place, ": `id` is given twice, expected once"));
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
