// Who answers what.
#include "server/site.h"

#include "base/limits.h"
#include "base/version.h"
#include "server/call.h"
#include "server/router.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

constexpr std::string_view kHealth = "/health", kReady = "/ready", kMetrics = "/metrics";
constexpr std::string_view kApi = "/api/";
constexpr std::string_view kPageRoute = "page";
constexpr int kStatusGone = 499;  // as nginx counts those who did not wait for their answer

bool is_about(std::string_view path) {
  return path == kHealth || path == kReady || path == kMetrics;
}

Response answer_busy() {
  Response response =
      answer_error(Error(Code::kUnavailable, "too many requests wait; try again in a second"));
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

tl::expected<uint64_t, Response> Site::admit(Request& head) {
  if (is_about(head.path)) {
    head.route = head.path == kHealth ? kHealth : head.path == kReady ? kReady : kMetrics;
    if (head.path == kMetrics)
      if (auto refusal = x_parts.guard.admit(head, Need::kRead)) return tl::unexpected(*refusal);
    return 0;
  }
  if (!head.path.starts_with(kApi)) {
    head.route = kPageRoute;
    return 0;
  }
  const auto route = find_route(head);
  if (route) head.route = route->pattern;
  if (auto refusal = x_parts.guard.admit(head)) return tl::unexpected(*refusal);
  switch (route->station) {
    case Station::kReceiver:
      return kUploadBytesMax;
    case Station::kAccounts:
      return kAccountBodyBytesMax;
    case Station::kReader:
    case Station::kLive:
    case Station::kSweeps:
    case Station::kFootprint:
      break;
  }
  return kRequestBodyBytesMax;
}

boost::asio::awaitable<Response> Site::answer(const Request& request,
                                              std::function<bool()> is_gone) {
  if (request.path.starts_with(kApi)) co_return co_await answer_api(request, std::move(is_gone));
  co_return is_about(request.path) ? answer_about(request) : x_parts.page.answer(request);
}

boost::asio::awaitable<Response> Site::answer_api(const Request& request,
                                                  std::function<bool()> is_gone) {
  const auto route = find_route(request);
  if (!route) co_return route.error();
  switch (route->station) {
    case Station::kLive:
      co_return co_await x_parts.live.open(request);
    case Station::kReceiver:
      co_return co_await receive(request, *route);
    case Station::kAccounts: {
      const std::function<Response()> work = [this, &request] {
        return x_parts.accounts.handle(request);
      };
      auto response = co_await run_on(x_parts.account_worker, work);
      co_return response ? std::move(*response) : answer_busy();
    }
    case Station::kSweeps: {
      const std::function<Response()> work = [this, &request] {
        return x_parts.sweeps.handle(request);
      };
      auto response = co_await run_on(x_parts.sweep_worker, work);
      co_return response ? std::move(*response) : answer_busy();
    }
    case Station::kReader:
    case Station::kFootprint:
      break;
  }
  const std::function<Response()> work = [this, &request, &is_gone] {
    if (!is_gone()) return x_parts.door.handle(request);
    Response nobody_waits;
    nobody_waits.status = kStatusGone;
    return nobody_waits;
  };
  auto response = co_await run_on(x_parts.reading, work);
  co_return response ? std::move(*response) : answer_busy();
}

// The next piece of a journal we know costs a write into the page cache. All else may wait for the
// reading thread, or for the hash of a large file.
boost::asio::awaitable<Response> Site::receive(const Request& request, const FoundRoute& route) {
  const auto journal = route.is_project ? model::parse_journal_name(route.names[1]) : std::nullopt;
  if (journal && x_parts.receiving.journals().heard(route.names[0], *journal))
    co_return x_parts.receiving.handle(request);
  const std::function<Response()> work = [this, &request] {
    return x_parts.receiving.handle(request);
  };
  auto response = co_await run_on(x_parts.receiving_workers, work);
  co_return response ? std::move(*response) : answer_busy();
}

Response Site::answer_about(const Request& request) const {
  Response response;
  if (request.method != "GET" && request.method != "HEAD") {
    response = answer_error(Error(Code::kInvalid, "expected GET, found " + request.method));
    response.status = 405;
    response.headers.emplace_back("Allow", "GET, HEAD");
  } else if (request.path == kMetrics) {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = x_parts.metrics.print(x_parts.gauges(request.who));
  } else if (request.path == kHealth || x_is_ready) {
    model::Value about;
    about.set("status", request.path == kHealth ? "alive" : "ready");
    about.set("version", version());
    response = server::answer(about);
  } else {
    response = answer_error(Error(Code::kUnavailable, "the store is not open yet"));
  }
  return response;
}

void Site::note(const Exchange& exchange) {
  x_parts.metrics.count(exchange);
  x_parts.log.write(exchange);
  if (exchange.request.path.starts_with(kApi))
    x_parts.guard.note(exchange.request, exchange.status);
}

}  // namespace cairn::server
