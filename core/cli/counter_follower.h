// CounterFollower: looks at what a server of models counts of itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "footprint/inference.h"
#include "http/connection.h"

namespace cairn::cli {

// What came together between two looks.
struct CountedStretch {
  double requests = 0;               // that ended
  footprint::ServedRequest stretch;  // with their tokens
};

// Owned and used by the thread that meters. A server that is away is asked again.
class CounterFollower {
 public:
  // Invalid: no URL of http.
  static Result<CounterFollower> open(const std::string& url);

  // Nothing at the first look, where nothing was done since the last one, and where the server does
  // not answer or has no counters that are known: then problem() says so.
  std::optional<CountedStretch> look(int64_t now_ns);
  const std::string& problem() const { return x_problem; }
  const std::string& kind() const { return x_kind; }  // "vllm", ...; empty: not known yet

 private:
  explicit CounterFollower(std::unique_ptr<http::Connection> connection, std::string path)
      : x_connection(std::move(connection)), x_path(std::move(path)) {}
  std::optional<footprint::ServerCounters> read();

  std::unique_ptr<http::Connection> x_connection;
  std::string x_path, x_problem, x_kind;
  std::optional<footprint::ServerCounters> x_last;
  int64_t x_last_ns = 0;
};

// Between two readings; a counter that fell began anew. Nothing where nothing was done.
std::optional<CountedStretch> count_between(const footprint::ServerCounters& from, int64_t from_ns,
                                            const footprint::ServerCounters& to, int64_t to_ns);

}  // namespace cairn::cli
