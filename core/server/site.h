// Site: everything a server answers, each request by whoever can: the page, the reading thread, the
// receiver, the accounts, or the server about itself.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "server/access.h"
#include "server/access_log.h"
#include "server/accounts.h"
#include "server/answerer.h"
#include "server/door.h"
#include "server/guard.h"
#include "server/live.h"
#include "server/metrics.h"
#include "server/page.h"
#include "server/receiving.h"
#include "server/worker.h"

namespace cairn::server {

// Owned by the Server beside its parts. Called on the io threads, which it never makes wait: what
// takes its time is done by the workers.
class Site : public Answerer {
 public:
  struct Parts {
    const Page& page;
    Guard& guard;
    Accounts& accounts;
    Worker& account_worker;
    Door& door;
    Worker& reading;
    Live& live;
    SweepDesk& sweeps;
    Worker& sweep_worker;
    Receiving& receiving;
    Worker& receiving_workers;
    Metrics& metrics;
    const AccessLog& log;
    std::function<std::vector<Metrics::Gauge>(const auth::Identity& who)> gauges;
  };
  explicit Site(Parts parts) : x_parts(std::move(parts)) {}

  tl::expected<uint64_t, Response> admit(Request& head) override;
  boost::asio::awaitable<Response> answer(const Request& request,
                                          std::function<bool()> is_gone) override;
  void note(const Exchange& exchange) override;

  void set_ready() { x_is_ready = true; }

 private:
  boost::asio::awaitable<Response> answer_api(const Request& request,
                                              std::function<bool()> is_gone);
  boost::asio::awaitable<Response> receive(const Request& request, const FoundRoute& route);
  Response answer_about(const Request& request) const;

  const Parts x_parts;
  std::atomic<bool> x_is_ready = false;
};

}  // namespace cairn::server
