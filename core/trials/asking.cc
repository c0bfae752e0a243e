// Who gets which trial, and when there is none any more.
#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/utf8.h"
#include "trials/open_sweep.h"

namespace cairn::trials {

using model::Object;

namespace {

constexpr double kPausedWaitS = 5, kOthersWaitS = 1;
constexpr uint64_t kAttemptsMax = 2;

Result<void> check(const Asking& asking) {
  if (asking.worker.empty() || asking.worker.size() > kWorkerBytesMax || !is_utf8(asking.worker))
    return fail(Code::kInvalid, "expected a worker of 1 to {} bytes of UTF-8", kWorkerBytesMax);
  if (asking.count < 1 || asking.count > kAskedMax)
    return fail(Code::kInvalid, "expected a count of 1 to {}, found {}", kAskedMax, asking.count);
  if (asking.lease_ns <= 0 || asking.lease_ns > kLeaseNsMax)
    return fail(Code::kInvalid, "expected a lease of more than 0 and at most {} seconds",
                kLeaseNsMax / kNsPerSecond);
  return {};
}

// What the trials that run now will have cost when they end, if they cost what others did.
double foreseen(const Ledger& ledger, double Cost::*unit) {
  const double used = ledger.used().*unit;
  const uint64_t over = ledger.count(TrialState::kComplete) + ledger.count(TrialState::kStopped) +
                        ledger.count(TrialState::kFailed) - ledger.reused();
  if (std::isnan(used) || over == 0) return 0;
  const double mean = used / static_cast<double>(over);
  return used + mean * static_cast<double>(ledger.count(TrialState::kRunning));
}

// Why no other trial may begin now, or "".
std::string spent(const Ledger& ledger) {
  const sweep::Budget& budget = ledger.definition().budget;
  if (budget.trials && ledger.begun() >= *budget.trials)
    return fmt::format("the budget of {} trials is used up", *budget.trials);
  if (budget.hours && foreseen(ledger, &Cost::seconds) >= *budget.hours * 3600)
    return fmt::format("the budget of {} hours is used up", *budget.hours);
  if (budget.kwh && foreseen(ledger, &Cost::kwh) >= *budget.kwh)
    return fmt::format("the budget of {} kWh is used up", *budget.kwh);
  if (budget.gco2e && foreseen(ledger, &Cost::gco2e) >= *budget.gco2e)
    return fmt::format("the budget of {} g CO2e is used up", *budget.gco2e);
  if (budget.money && foreseen(ledger, &Cost::money) >= *budget.money)
    return fmt::format("the budget of {} in money is used up", *budget.money);
  return {};
}

}  // namespace

Result<Asked> Sweeps::ask(std::string_view id, const Asking& asking) {
  TRY_VOID(check(asking));
  return write<Asked>(id, [&](Open& sweep) -> Result<Asked> {
    Asked asked{&sweep.ledger, {}, std::nullopt};
    TRY_VOID(reclaim(sweep));
    TRY_VOID(conclude(sweep));
    while (sweep.ledger.state() == SweepState::kRunning && asked.trials.size() < asking.count) {
      TRY(const std::optional<int64_t> trial, next_trial(sweep, asking));
      if (!trial) break;
      asked.trials.push_back(*trial);
    }
    if (!asked.trials.empty()) return asked;
    if (sweep.ledger.state() == SweepState::kPaused) asked.wait_s = kPausedWaitS;
    if (sweep.ledger.state() == SweepState::kRunning) asked.wait_s = kOthersWaitS;
    return asked;
  });
}

// Trials whose workers are gone wait again, once, with the checkpoint that was left.
Result<void> Sweeps::reclaim(Open& sweep) {
  TRY(auto claims, x_book->claims(sweep.place));
  const int64_t now_ns = x_world.now_ns();
  for (auto& [number, claim] : claims) {
    const Trial* trial = sweep.ledger.find(number);
    if (!trial || trial->state != TrialState::kRunning) continue;
    const bool is_gone = x_world.is_gone(claim.worker);
    if (!is_gone && claim.until_ns > now_ns) continue;
    const std::string why = fmt::format(
        "{} ({})",
        is_gone ? "the process of its worker is gone" : "its worker was not heard of for too long",
        claim.worker);
    if (trial->attempt < kAttemptsMax) {
      TRY_VOID(put(sweep, EventKind::kAbandon, number, Object{{"reason", why}}));
      TRY_VOID(x_book->put_claim(sweep.place, number, {"", 0, std::move(claim.checkpoint)}));
    } else {
      TRY_VOID(put(sweep, EventKind::kLose, number,
                   Object{{"error", fmt::format("{}, as before", why)}}));
      TRY_VOID(x_book->drop_claim(sweep.place, number));
    }
  }
  return {};
}

Result<void> Sweeps::claim(Open& sweep, int64_t trial, const Asking& asking) {
  TRY(std::optional<Claim> known, x_book->claim(sweep.place, trial));
  Claim claim = known ? std::move(*known) : Claim();
  claim.worker = asking.worker;
  claim.until_ns = x_world.now_ns() + asking.lease_ns;
  return x_book->put_claim(sweep.place, trial, claim);
}

// What waits comes first, then what is worth going on with, then what is new. Nothing: ask again
// later, or the sweep has ended.
Result<std::optional<int64_t>> Sweeps::next_trial(Open& sweep, const Asking& asking) {
  const std::string why = spent(sweep.ledger);
  const auto waiting = sweep.ledger.next_waiting(/*only_begun=*/!why.empty());
  if (waiting) {
    TRY_VOID(put(sweep, EventKind::kBegin, *waiting, Object{{"worker", asking.worker}}));
    TRY_VOID(claim(sweep, *waiting, asking));
    return waiting;
  }
  if (why.empty()) {
    TRY(std::optional<int64_t> trial, promote(sweep, asking));
    if (!trial) {
      TRY(trial, propose(sweep, asking));
    }
    if (trial) return trial;
  }
  if (sweep.ledger.count(TrialState::kRunning) == 0)
    TRY_VOID(set_state(sweep, SweepState::kFinished,
                       why.empty() ? "every configuration was tried" : why));
  return std::nullopt;
}

Result<std::optional<int64_t>> Sweeps::promote(Open& sweep, const Asking& asking) {
  const Ledger& ledger = sweep.ledger;
  if (!ledger.definition().stop.with_promotion || ledger.count(TrialState::kPaused) == 0)
    return std::nullopt;
  const auto promotion = sweep::promote(ledger.definition().stop, ledger.curves(0));
  if (!promotion) return std::nullopt;
  const auto number = static_cast<int64_t>(promotion->trial);
  TRY_VOID(put(sweep, EventKind::kBegin, number,
               Object{{"worker", asking.worker},
                      {"promotion", Object{{"step", promotion->until_step},
                                           {"rule", "promotion"},
                                           {"reason", promotion->reason}}}}));
  TRY_VOID(claim(sweep, number, asking));
  return number;
}

Result<std::optional<int64_t>> Sweeps::propose(Open& sweep, const Asking& asking) {
  if (sweep.ledger.next_number() >= kTrialsMax)
    return fail(Code::kLimit, "expected at most {} trials of a sweep", kTrialsMax);
  TRY_VOID(sweep.adviser.follow(sweep.ledger));
  TRY(const std::optional<sweep::Proposal> proposal, sweep.adviser.ask(sweep.ledger));
  if (!proposal) return std::nullopt;
  const auto number = static_cast<int64_t>(proposal->number);
  TRY_VOID(put(sweep, EventKind::kAsk, number,
               Object{{"params", params_of(sweep.ledger.definition(), *proposal)},
                      {"sampler", proposal->sampler},
                      {"reason", proposal->reason},
                      {"mean", or_null(proposal->mean)},
                      {"sd", or_null(proposal->sd)},
                      {"improvement", or_null(proposal->improvement)},
                      {"nearest", or_null(proposal->nearest)},
                      {"replicate_of", or_null(proposal->replicate_of)},
                      {"repeat", static_cast<int64_t>(proposal->repeat)},
                      {"memory", proposal->memory},
                      {"worker", asking.worker}}));
  TRY_VOID(claim(sweep, number, asking));
  return number;
}

// Ends what has reached its target or used up its budget, and holds what cannot go on.
Result<void> Sweeps::conclude(Open& sweep) {
  const Ledger& ledger = sweep.ledger;
  if (ledger.state() != SweepState::kRunning) return {};
  if (const auto trial = ledger.on_target())
    return set_state(sweep, SweepState::kFinished,
                     fmt::format("trial {} reached the target", *trial));
  if (ledger.early_failures() >= kEarlyFailuresMax)
    return set_state(sweep, SweepState::kPaused,
                     fmt::format("the first {} trials failed within a minute each; the last said: "
                                 "{}",
                                 ledger.early_failures(), ledger.last_error()));
  const std::string why = spent(ledger);
  if (!why.empty() && ledger.count(TrialState::kRunning) == 0 &&
      !ledger.next_waiting(/*only_begun=*/true))
    return set_state(sweep, SweepState::kFinished, why);
  return {};
}

}  // namespace cairn::trials
