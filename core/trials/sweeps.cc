// How sweeps come, are looked at, change and go.
#include "trials/sweeps.h"

#include <algorithm>

#include "base/id.h"
#include "base/utf8.h"
#include "trials/catch_up.h"
#include "trials/open_sweep.h"
#include "wire/json.h"

namespace cairn::trials {

using model::Object;
using model::Value;

namespace {

constexpr int kIdLength = 8;
constexpr size_t kOpenMax = 32;  // sweeps kept in memory

Result<void> check_new(const NewSweep& wanted) {
  if (!is_safe_name(wanted.project))
    return fail(Code::kInvalid,
                "expected a project of 1 to {} of [A-Za-z0-9._-], not beginning with '.', found "
                "'{}'",
                kNameBytesMax, wanted.project.substr(0, kNameBytesMax));
  if (wanted.name.size() > kSweepNameBytesMax || !is_utf8(wanted.name))
    return fail(Code::kInvalid, "expected a sweep's name of at most {} bytes of UTF-8",
                kSweepNameBytesMax);
  const size_t bytes =
      wire::print_json(wanted.definition).size() + wire::print_json(wanted.program).size();
  if (bytes > kDefinitionBytesMax)
    return fail(Code::kLimit, "expected a definition of at most {} bytes, found {}",
                kDefinitionBytesMax, bytes);
  return {};
}

Value print_prior(const Prior& prior) {
  return Object{{"params", prior.params},
                {"values", print_numbers(prior.values)},
                {"limits", print_numbers(prior.limits)},
                {"run", prior.run},
                {"cost", print_cost(prior.cost)},
                {"created_ns", prior.created_ns}};
}

bool is_object(const Value* value) { return value && value->as_object(); }

// Member by member, and `depth` objects deep: what lies below, and what is no object, is replaced.
void merge_members(Value& into, const Value& change, int depth) {
  for (const auto& [name, value] : *change.as_object()) {
    const Value* known = into.find(name);
    if (value.is_null()) {
      into.erase(name);
    } else if (depth > 0 && is_object(known) && is_object(&value)) {
      Value merged = *known;
      merge_members(merged, value, depth - 1);
      into.set(name, std::move(merged));
    } else {
      into.set(name, value);
    }
  }
}

}  // namespace

// Half of an old parameter, metric or stopping rule would make no sense beside a new one.
Value merge_definition(Value document, const Value& change) {
  if (!change.as_object()) return document;
  for (const auto& [name, value] : *change.as_object()) {
    const bool is_whole = name == "metric" || name == "early_terminate";
    merge_members(document, Object{{name, value}}, is_whole ? 0 : 1);
  }
  return document;
}

std::optional<Value> merge_distributions(const Value& document, const Value& distributions) {
  if (!distributions.as_object()) return std::nullopt;
  const Value* known = document.find("parameters");
  Value parameters = known && known->as_object() ? *known : Value(Object());
  bool is_new = false;
  for (const auto& [name, asked] : *distributions.as_object()) {
    Value wanted = asked;
    const Value* before = parameters.find(name);
    const Value* old_choices = before ? before->find("values") : nullptr;
    const Value* new_choices = asked.find("values");
    if (old_choices && old_choices->as_list() && new_choices && new_choices->as_list()) {
      model::List all = *old_choices->as_list();
      for (const Value& choice : *new_choices->as_list())
        if (std::find(all.begin(), all.end(), choice) == all.end()) all.push_back(choice);
      wanted.set("values", std::move(all));
    }
    if (before && *before == wanted) continue;
    parameters.set(name, std::move(wanted));
    is_new = true;
  }
  if (!is_new) return std::nullopt;
  Value merged = document;
  merged.set("parameters", std::move(parameters));
  return merged;
}

Sweeps::Sweeps(Disk& disk, std::string path, World world)
    : x_disk(disk), x_path(std::move(path)), x_world(std::move(world)) {}
Sweeps::Sweeps(Sweeps&&) noexcept = default;
Sweeps::~Sweeps() = default;

Result<Book*> Sweeps::book(bool create) {
  if (!x_book) {
    TRY(x_book, Book::open(x_disk, x_path, create));
  }
  return &*x_book;
}

Result<Sweeps::Open*> Sweeps::open(std::string_view id) {
  TRY(Book * book, this->book(/*create=*/false));
  TRY(const std::optional<Book::Place> place, book->find(id));
  auto known = x_open.find(id);
  if (!place) {
    if (known != x_open.end()) x_open.erase(known);
    return fail(Code::kNotFound, "no sweep '{}'", id);
  }
  if (known == x_open.end()) {
    if (x_open.size() >= kOpenMax) x_open.clear();
    known = x_open.emplace(std::string(id), std::make_unique<Open>(*place)).first;
  }
  Open& sweep = *known->second;
  sweep.place.seq = place->seq;
  if (auto done = catch_up(*x_book, sweep.place, sweep.ledger); !done) {
    x_open.erase(known);
    return tl::unexpected(std::move(done).error());
  }
  return &sweep;
}

Result<void> Sweeps::put(Open& sweep, EventKind kind, std::optional<int64_t> trial, Value body) {
  Event event{0, x_world.now_ns(), kind, trial, std::move(body)};
  TRY_VOID(x_book->append(sweep.place, event));
  return sweep.ledger.apply(event);
}

Result<void> Sweeps::set_state(Open& sweep, SweepState state, std::string reason) {
  return put(sweep, EventKind::kChange, std::nullopt,
             Object{{"state", print_state(state)}, {"reason", std::move(reason)}});
}

Result<Sweeps::Created> Sweeps::create(const NewSweep& wanted, const FindPriors& find_priors) {
  TRY_VOID(check_new(wanted));
  Value document = wanted.definition;
  if (wanted.is_define_by_run && !document.find("parameters")) document.set("parameters", Object());
  TRY(sweep::ReadDefinition read, sweep::read_definition(document));
  NewSweep named = wanted;
  if (named.name.empty()) named.name = read.definition.name;
  if (named.load_if_exists && !named.name.empty()) {
    TRY(Book * book, this->book(/*create=*/true));
    TRY(const auto existing, book->find_named(named.project, named.name));
    if (existing) {
      TRY(const Open* sweep, open(*existing));
      return Created{&sweep->ledger, false};
    }
  }
  if (named.name.empty()) named.name = make_name();
  read.definition.is_define_by_run = named.is_define_by_run;
  std::vector<Prior> priors;
  if (read.definition.is_warm_started && find_priors) {
    TRY(priors, find_priors(read.definition, named));
  }

  TRY(Book * book, this->book(/*create=*/true));
  TRY(store::Transaction transaction, book->begin_writing());
  if (named.load_if_exists) {  // somebody may have made it meanwhile
    TRY(const auto existing, book->find_named(named.project, named.name));
    if (existing) {
      TRY(const Open* sweep, open(*existing));
      return Created{&sweep->ledger, false};
    }
  }
  TRY(Book::Place place, book->add_sweep(make_id(kIdLength), named.project, named.name));
  auto sweep = std::make_unique<Open>(std::move(place));
  TRY_VOID(plant(*sweep, named, read, priors));
  TRY_VOID(book->sum_up(sweep->place, print_sweep(sweep->ledger)));
  TRY_VOID(transaction.commit());
  const std::string id = sweep->place.id;
  return Created{&x_open.insert_or_assign(id, std::move(sweep)).first->second->ledger, true};
}

// The first events: the sweep, what it learns from, and what its user wants tried first.
Result<void> Sweeps::plant(Open& sweep, const NewSweep& wanted, const sweep::ReadDefinition& read,
                           const std::vector<Prior>& priors) {
  model::List warnings(read.warnings.begin(), read.warnings.end());
  TRY_VOID(put(sweep, EventKind::kCreate, std::nullopt,
               Object{{"project", wanted.project},
                      {"name", wanted.name},
                      {"definition", sweep::print_definition(read.definition)},
                      {"is_define_by_run", wanted.is_define_by_run},
                      {"program", wanted.program},
                      {"warnings", std::move(warnings)}}));
  TRY(sweep::Search probe, sweep::Search::make(sweep.ledger.definition()));
  int64_t number = 0;
  for (const Prior& prior : priors) {
    const sweep::Told told{.values = prior.values, .limits = prior.limits};
    if (!probe.learn(prior.params, told)) continue;
    TRY_VOID(put(sweep, EventKind::kPrior, --number, print_prior(prior)));
    if (number == -static_cast<int64_t>(kPriorsMax)) break;
  }
  std::vector<int64_t> numbers;
  for (const sweep::Config& point : read.definition.points)
    TRY_VOID(add_one(sweep, NewTrial{.params = point}, numbers));
  return {};
}

Result<Book::Page> Sweeps::list(const Book::Wanted& wanted) {
  auto book = this->book(/*create=*/false);
  if (!book && book.error().code() == Code::kNotFound) return Book::Page();
  if (!book) return tl::unexpected(book.error());
  return (*book)->list(wanted);
}

Result<const Ledger*> Sweeps::get(std::string_view id) {
  TRY(const Open* sweep, open(id));
  return &sweep->ledger;
}

Result<const Ledger*> Sweeps::change(std::string_view id, const SweepChange& change) {
  return write<const Ledger*>(id, [&](Open& sweep) -> Result<const Ledger*> {
    if (change.state == SweepState::kFinished)
      return fail(Code::kInvalid, "expected the state running, paused or stopped, found finished");
    if (!change.definition.is_null()) {
      TRY_VOID(
          change_definition(sweep, merge_definition(sweep.ledger.document(), change.definition)));
      // A larger budget or another range is why one changes what has ended.
      if (sweep.ledger.state() == SweepState::kFinished && !change.state)
        TRY_VOID(set_state(sweep, SweepState::kRunning, ""));
    }
    if (change.state && *change.state != sweep.ledger.state())
      TRY_VOID(set_state(sweep, *change.state,
                         *change.state == SweepState::kRunning ? "" : kPausedByUser));
    return &sweep.ledger;
  });
}

Result<void> Sweeps::change_definition(Open& sweep, const Value& document) {
  TRY(sweep::ReadDefinition read, sweep::read_definition(document));
  if (read.definition.objectives.size() != sweep.ledger.definition().objectives.size())
    return fail(Code::kInvalid,
                "expected as many metrics as the sweep began with ({}), found {}: make another "
                "sweep, it learns from this one",
                sweep.ledger.definition().objectives.size(), read.definition.objectives.size());
  Value printed = sweep::print_definition(read.definition);
  if (printed == sweep.ledger.document()) return {};
  return put(sweep, EventKind::kChange, std::nullopt, Object{{"definition", std::move(printed)}});
}

Result<void> Sweeps::remove(std::string_view id) {
  TRY(Book * book, this->book(/*create=*/false));
  TRY(store::Transaction transaction, book->begin_writing());
  TRY(const std::optional<Book::Place> place, book->find(id));
  if (!place) return fail(Code::kNotFound, "no sweep '{}'", id);
  TRY_VOID(book->remove(*place));
  TRY_VOID(transaction.commit());
  if (const auto known = x_open.find(id); known != x_open.end()) x_open.erase(known);
  return {};
}

Result<std::map<int64_t, Claim>> Sweeps::claims(std::string_view id) {
  TRY(const Open* sweep, open(id));
  return x_book->claims(sweep->place);
}

Result<sweep::Search*> Sweeps::search(std::string_view id) {
  TRY(Open * sweep, open(id));
  return sweep->adviser.follow(sweep->ledger);
}

Result<std::optional<sweep::Search::Best>> Sweeps::best(std::string_view id) {
  TRY(Open * sweep, open(id));
  if (sweep->ledger.definition().objectives.size() != 1) return std::nullopt;
  TRY(const sweep::Search* search, sweep->adviser.follow(sweep->ledger));
  return search->best();
}

Result<sweep::Search::Belief> Sweeps::belief(std::string_view id, const std::string& x,
                                             const std::string& y, size_t places) {
  TRY(const sweep::Search* search, this->search(id));
  return search->belief(x, y, places);
}

Result<std::vector<Event>> Sweeps::transcript(std::string_view id, uint64_t after, size_t limit) {
  TRY(const Open* sweep, open(id));
  return x_book->events(sweep->place, after, limit);
}

}  // namespace cairn::trials
