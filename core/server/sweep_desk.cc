// Admits a request to the handlers of sweeps, and opens their file.
#include "server/sweep_desk.h"

#include <charconv>
#include <exception>
#include <utility>

#include "server/handlers.h"
#include "server/leases.h"
#include "server/router.h"
#include "wire/settings.h"

namespace cairn::server {

std::string sweeps_path(const std::string& dir) { return dir + "/sweeps.db"; }

SweepDesk::SweepDesk(Disk& disk, std::string dir, FindPriors find_priors)
    : x_disk(disk),
      x_dir(std::move(dir)),
      x_find_priors(std::move(find_priors)),
      x_sweeps(disk, sweeps_path(x_dir),
               {Leases::this_world().now_ns, Leases::this_world().is_gone}) {}

Response SweepDesk::handle(const Request& request) noexcept {
  try {
    auto response = route(request);
    return response ? std::move(*response) : answer_error(response.error());
  } catch (const std::exception& e) {  // out of memory, above all
    return answer_error(Error(Code::kUnavailable, fmt::format("cannot answer: {}", e.what())));
  }
}

Result<Response> SweepDesk::route(const Request& request) {
  auto found = find_route(request);
  if (!found) return std::move(found.error());
  if (auto refusal = refuse_access(request.who, *found)) return std::move(*refusal);
  if (!found->sweep)
    return fail(Code::kNotFound, "expected a path of sweeps, found '{}'", request.path);
  // A sweep may be what comes first to a folder, before any run.
  const std::function<Result<void>()> make_store = [this]() -> Result<void> {
    TRY_VOID(wire::open_settings(x_disk, model::Layout(x_dir), /*create=*/true));
    return {};
  };
  return found->sweep({{request, std::move(found->names)}, x_sweeps, x_find_priors, make_store});
}

Result<const trials::Ledger*> SweepCall::sweep() const {
  TRY(const trials::Ledger* ledger, sweeps.get(names[0]));
  if (!request.who.sees_project(ledger->project()))
    return fail(Code::kNotFound, "no sweep '{}'", names[0]);
  return ledger;
}

Result<int64_t> SweepCall::number() const {
  int64_t number = 0;
  const char* end = names[1].data() + names[1].size();
  const auto [stop, error] = std::from_chars(names[1].data(), end, number);
  if (error != std::errc() || stop != end)
    return fail(Code::kInvalid, "expected the number of a trial, found '{}'", names[1]);
  return number;
}

}  // namespace cairn::server
