// Handlers of sensitivity and expected performance.
#include <algorithm>
#include <array>
#include <charconv>

#include "report/design.h"
#include "server/footprint_request.h"
#include "server/handlers.h"
#include "server/report_search.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr int64_t kDesignMax = 1 << 16;

// "all", "top:10%", "top:0.1".
Result<double> read_target(const Call& call) {
  std::string_view text = call.text("target", "all");
  if (text == "all") return 1;
  const auto refuse = [&] {
    return fail(Code::kInvalid, "expected a target of all or top:10%, found '{}'",
                call.text("target"));
  };
  constexpr std::string_view kTop = "top:";
  if (!text.starts_with(kTop)) return refuse();
  text.remove_prefix(kTop.size());
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double share = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (error != std::errc() || stop != text.data() + text.size()) return refuse();
  if (is_percent) share /= 100;
  if (!(share > 0 && share <= 1)) return refuse();
  return share;
}

Result<report::ResultScale> read_scale(const Call& call) {
  static constexpr std::array<std::string_view, 3> kWords = {"as_is", "log", "rank"};
  const std::string_view word = call.text("scale", "as_is");
  TRY_VOID(check_word("scale", word, kWords));
  return word == "log"    ? report::ResultScale::kLog
         : word == "rank" ? report::ResultScale::kRank
                          : report::ResultScale::kAsIs;
}

}  // namespace

Result<Response> get_sensitivity(const Call& call) {
  report::SensitivityOptions options;
  TRY(options.top_share, read_target(call));
  TRY(options.scale, read_scale(call));
  TRY(const ReportSearch search, read_report_search(call, call.names[0]));
  Value out = report::to_value(analyse_sensitivity(search, options));
  out.set("project", search.project);
  out.set("ablation_from", search.start ? Value(search.start_of) : Value());
  return answer(out);
}

Result<Response> get_expected(const Call& call) {
  report::ExpectedOptions options;
  TRY(const auto confidence, call.number("confidence"));
  options.confidence = confidence.value_or(options.confidence);
  if (!(options.confidence > 0 && options.confidence < 1))
    return fail(Code::kInvalid, "expected confidence between 0 and 1, found {}", *confidence);
  TRY(const ReportSearch search, read_report_search(call, call.names[0]));
  Value out = report::to_value(expect_best(search, options));
  out.set("project", search.project);
  out.set("metric", search.metric.name);
  out.set("goal", search.metric.is_maximized ? "maximize" : "minimize");
  return answer(out);
}

Result<Response> get_design(const Call& call) {
  TRY(const auto runs, call.integer("runs", 2, kDesignMax));
  if (!runs) return fail(Code::kInvalid, "expected runs, the number of runs of the design");
  TRY(const ReportSearch search, read_report_search(call, call.names[0]));
  sweep::Definition like;
  if (search.newest_sweep) {
    like = *search.newest_sweep;
    if (!like.name.empty()) like.name += "-";
  } else {
    TRY(like.space, report::tried_space({.configs = search.configs, .results = search.results}));
  }
  like.name += "design";
  like.project = search.project;
  const sweep::Definition design = report::make_design(
      std::move(like), static_cast<size_t>(*runs), search.metric.name, search.metric.is_maximized);
  return answer(model::Object{{"sweep", sweep::print_definition(design)},
                              {"space_of", search.newest_sweep ? "sweep" : "runs"}});
}

}  // namespace cairn::server
