// What a search hears of a ledger.
#include "trials/adviser.h"

#include <utility>

namespace cairn::trials {

using sweep::Proposal;
using sweep::Search;

namespace {

Proposal proposal_of(const Trial& trial) {
  Proposal proposal;
  proposal.number = static_cast<uint64_t>(trial.number);
  proposal.config = trial.params;
  proposal.replicate_of = trial.replicate_of;
  proposal.repeat = trial.repeat;
  proposal.memory = trial.memory;
  return proposal;
}

}  // namespace

sweep::Config params_of(const sweep::Definition& definition, const Proposal& proposal) {
  if (definition.repeat_name.empty()) return proposal.config;
  model::Value params(proposal.config);
  params.set(definition.repeat_name, static_cast<int64_t>(proposal.repeat));
  return *params.as_object();
}

Result<Search*> Adviser::follow(Ledger& ledger) {
  const std::set<int64_t> changed = ledger.take_changed();
  if (!x_search) {
    TRY_VOID(begin(ledger));
    return &*x_search;
  }
  if (x_version != ledger.version()) {
    TRY_VOID(x_search->change(ledger.definition()));
    x_version = ledger.version();
  }
  for (const int64_t number : changed)
    if (const Trial* trial = ledger.find(number); trial && number >= 0)
      TRY_VOID(hear(ledger, *trial));
  return &*x_search;
}

Result<void> Adviser::begin(const Ledger& ledger) {
  TRY(x_search, Search::make(ledger.definition()));
  x_version = ledger.version();
  x_known = 0;
  const auto first = ledger.trials().lower_bound(0);
  for (auto prior = first; prior != ledger.trials().begin();) {
    --prior;  // -1 came first
    static_cast<void>(
        x_search->learn(prior->second.params, told_of(ledger.definition(), prior->second)));
  }
  for (auto trial = first; trial != ledger.trials().end(); ++trial)
    TRY_VOID(hear(ledger, trial->second));
  return {};
}

Result<void> Adviser::hear(const Ledger& ledger, const Trial& trial) {
  const auto number = static_cast<uint64_t>(trial.number);
  if (number >= x_known) {
    TRY_VOID(x_search->resume(proposal_of(trial)));
    x_known = number + 1;
  } else if (ledger.definition().is_define_by_run) {
    TRY_VOID(x_search->correct(number, trial.params));
  }
  if (!is_over(trial.state)) return {};
  return x_search->tell(number, told_of(ledger.definition(), trial));
}

Result<std::optional<Proposal>> Adviser::ask(const Ledger& ledger) {
  const sweep::Definition& definition = ledger.definition();
  std::optional<Proposal> proposal;
  if (definition.is_define_by_run && definition.space.parameters().empty()) {
    proposal.emplace();
    proposal->number = x_known;
    proposal->sampler = "none";
    proposal->reason = "nothing is known yet of the parameters";
    TRY_VOID(x_search->resume(*proposal));
  } else {
    TRY(proposal, x_search->ask(ledger.share_used()));
  }
  if (proposal) x_known = proposal->number + 1;
  return proposal;
}

Result<Proposal> Adviser::add(const sweep::Config& config, const Ledger& ledger) {
  if (ledger.definition().is_define_by_run) {
    Proposal proposal;
    proposal.number = x_known;
    proposal.config = config;
    proposal.sampler = "user";
    TRY_VOID(x_search->resume(proposal));
    ++x_known;
    return proposal;
  }
  TRY(Proposal proposal, x_search->add(config, "chosen by its user"));
  // A number is run as it was given, not as a place in the space gives it back.
  for (auto& [name, value] : proposal.config)
    for (const auto& [given_name, given] : config)
      if (given_name == name && value.as_double() && given.is_number()) value = given.number_or(0);
  x_known = proposal.number + 1;
  return proposal;
}

}  // namespace cairn::trials
