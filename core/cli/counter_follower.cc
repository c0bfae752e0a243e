// GET, parse, subtract.
#include "cli/counter_follower.h"

#include <utility>

namespace cairn::cli {
namespace {

constexpr int64_t kPatienceMs = 2000;
constexpr size_t kMetricsBytesMax = 64 << 20;

double growth(const std::optional<double>& from, const std::optional<double>& to) {
  const double last = from.value_or(0), now = to.value_or(last);
  return now >= last ? now - last : now;
}

}  // namespace

Result<CounterFollower> CounterFollower::open(const std::string& text) {
  TRY(http::Url url, http::parse_url(text));
  std::string path = url.prefix.empty() ? "/metrics" : std::exchange(url.prefix, {});
  http::Options options = http::options_from_environment(url);
  options.api_key.clear();  // that is Cairn's, not this server's
  options.connect_limit_ms = options.total_limit_ms = kPatienceMs;
  options.answer_bytes_max = kMetricsBytesMax;
  TRY(auto connection, http::Connection::open(url, std::move(options)));
  return CounterFollower(std::move(connection), std::move(path));
}

std::optional<footprint::ServerCounters> CounterFollower::read() {
  const auto answer = x_connection->send({.path = x_path});
  x_problem.clear();
  if (!answer)
    x_problem = answer.error().message();
  else if (answer->status != 200)
    x_problem = fmt::format("it answered with status {}", answer->status);
  else if (auto counters = footprint::read_counters(answer->body))
    return counters;
  else
    x_problem = "it has no counters of a server that is known (vLLM, SGLang, TGI, Triton, ...)";
  return std::nullopt;
}

std::optional<CountedStretch> CounterFollower::look(int64_t now_ns) {
  auto counters = read();
  if (!counters) return std::nullopt;
  x_kind = counters->kind;
  const auto last = std::exchange(x_last, std::move(counters));
  const int64_t last_ns = std::exchange(x_last_ns, now_ns);
  return last ? count_between(*last, last_ns, *x_last, now_ns) : std::nullopt;
}

std::optional<CountedStretch> count_between(const footprint::ServerCounters& from, int64_t from_ns,
                                            const footprint::ServerCounters& to, int64_t to_ns) {
  CountedStretch counted;
  counted.requests = growth(from.requests, to.requests);
  counted.stretch.began_ns = from_ns;
  counted.stretch.ended_ns = to_ns;
  counted.stretch.tokens_in = growth(from.tokens_in, to.tokens_in);
  counted.stretch.tokens_out = growth(from.tokens_out, to.tokens_out);
  const double done = counted.requests + counted.stretch.tokens_in + counted.stretch.tokens_out;
  if (done <= 0 && to.running.value_or(0) <= 0) return std::nullopt;
  return counted;
}

}  // namespace cairn::cli
