// See search.h.
#include "sweep/search.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "surrogate/gaussian_process.h"
#include "surrogate/noise.h"
#include "surrogate/target.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// How far outside of a changed range a result may lie and still teach something about its edge.
constexpr double kSlack = 0.1;
// The share of a known budget that goes to running the best again, where that was asked for.
constexpr double kRepeatShare = 0.1;
constexpr size_t kRepeatedBest = 3;
constexpr size_t kModelRowsMax = 500;

double signed_value(const Objective& objective, double value) {
  return objective.is_maximized ? -value : value;
}

}  // namespace

// One trial or earlier run, as it was given; its row in the evidence may go when the space changes.
struct Entry {
  int64_t number;
  Config config;
  Told told{.outcome = Outcome::kPending};
  std::optional<uint64_t> replicate_of;
  std::optional<size_t> row;
};

struct Search::State {
  Definition definition;
  std::unique_ptr<Sampler> sampler;
  Evidence evidence;
  std::vector<Entry> entries;
  std::map<int64_t, size_t> by_number;                // into entries
  std::unordered_map<uint64_t, uint64_t> replicates;  // by the first trial of a configuration
  Value memory;
  uint64_t next_number = 0;
  uint64_t priors = 0;

  void clear_evidence();
  std::optional<Point> point_of(const Config& config) const;
  void place(Entry& entry);
  void write(const Entry& entry);
  Entry& enter(Entry entry);
  std::optional<Proposal> next_repeat() const;
  std::optional<Proposal> next_check() const;
  std::optional<int64_t> nearest(size_t row) const;
  Proposal propose(const Entry& entry, const Suggestion& suggestion) const;
  double trials_left() const;
  uint64_t runs_of(uint64_t base) const {
    const auto found = replicates.find(base);
    return found == replicates.end() ? 1 : 1 + found->second;
  }

  // Trials of one configuration, by the first of them.
  struct Group {
    uint64_t number;
    std::vector<double> results;  // signed
    double violation = 0;         // of outcome constraints; 0: feasible
    double mean = 0, sd = kNaN;
  };
  std::vector<Group> groups() const;
};

void Search::State::clear_evidence() {
  const size_t coordinates = definition.space.coordinates().size();
  evidence = Evidence();
  evidence.x = surrogate::Matrix(0, coordinates);
  evidence.y = surrogate::Matrix(0, definition.objectives.size());
  evidence.constraints = surrogate::Matrix(0, definition.limits.size());
}

// Nothing where the space has no place for it.
std::optional<Point> Search::State::point_of(const Config& config) const {
  const auto absent =
      definition.is_define_by_run ? Space::Absent::kInactive : Space::Absent::kMiddle;
  return definition.space.encode_near(config, kSlack, absent);
}

// Gives the entry a row, where the space has a place for it.
void Search::State::place(Entry& entry) {
  const auto point = point_of(entry.config);
  entry.row.reset();
  if (!point) return;
  entry.row = evidence.rows();
  evidence.x.append(*point);
  evidence.y.append(std::vector<double>(definition.objectives.size(), kNaN));
  evidence.constraints.append(std::vector<double>(definition.limits.size(), kNaN));
  evidence.outcome.push_back(Outcome::kPending);
  evidence.extra_noise.push_back(0);
  evidence.cost.push_back(kNaN);
  evidence.number.push_back(entry.number);
  write(entry);
}

void Search::State::write(const Entry& entry) {
  if (!entry.row) return;
  const size_t row = *entry.row;
  const Told& told = entry.told;
  evidence.outcome[row] = told.outcome;
  evidence.extra_noise[row] = told.extra_noise * told.extra_noise;
  evidence.cost[row] = told.cost;
  const bool has_values = told.outcome == Outcome::kComplete || told.outcome == Outcome::kStopped;
  for (size_t i = 0; i < definition.objectives.size(); ++i)
    evidence.y.at(row, i) =
        has_values ? signed_value(definition.objectives[i], told.values[i]) : kNaN;
  for (size_t i = 0; i < definition.limits.size(); ++i) {
    const Limit& limit = definition.limits[i];
    const double value = i < told.limits.size() ? told.limits[i] : kNaN;
    evidence.constraints.at(row, i) = limit.is_minimum ? limit.bound - value : value - limit.bound;
  }
}

Entry& Search::State::enter(Entry entry) {
  by_number[entry.number] = entries.size();
  if (entry.replicate_of) ++replicates[*entry.replicate_of];
  entries.push_back(std::move(entry));
  place(entries.back());
  return entries.back();
}

double Search::State::trials_left() const {
  if (!definition.budget.trials) return std::numeric_limits<double>::infinity();
  const auto trials = static_cast<double>(entries.size() - priors);
  return std::max(0.0, static_cast<double>(*definition.budget.trials) - trials);
}

// The oldest configuration that has not had its runs yet; one that failed gets no more.
std::optional<Proposal> Search::State::next_repeat() const {
  if (definition.repeat <= 1) return std::nullopt;
  for (const Entry& entry : entries) {
    if (entry.number < 0 || entry.replicate_of || entry.told.outcome == Outcome::kFailed) continue;
    const auto base = static_cast<uint64_t>(entry.number);
    const uint64_t runs = runs_of(base);
    if (runs >= definition.repeat) continue;
    Proposal proposal;
    proposal.config = entry.config;
    proposal.sampler = "repeat";
    proposal.reason = fmt::format("run {} of {} of trial {}", runs + 1, definition.repeat, base);
    proposal.replicate_of = base;
    proposal.repeat = runs;
    return proposal;
  }
  return std::nullopt;
}

// Near the end of a budget: is the best one good, or was it lucky? Once two runs of one
// configuration gave the very same, nothing is to be learned from a third.
std::optional<Proposal> Search::State::next_check() const {
  if (!definition.is_repeat_auto || definition.objectives.size() != 1) return std::nullopt;
  const double left = trials_left();
  const auto total = static_cast<double>(definition.budget.trials.value_or(0));
  if (!(left <= std::max(1.0, kRepeatShare * total))) return std::nullopt;
  std::vector<Group> known = groups();
  for (const Group& group : known) {
    const auto [low, high] = std::minmax_element(group.results.begin(), group.results.end());
    if (group.results.size() > 1 && *low == *high) return std::nullopt;
  }
  std::erase_if(known, [](const Group& group) { return group.violation > 0; });
  if (known.empty()) return std::nullopt;
  std::sort(known.begin(), known.end(), [](const Group& a, const Group& b) {
    return std::pair(a.mean, a.number) < std::pair(b.mean, b.number);
  });
  known.resize(std::min(known.size(), kRepeatedBest));
  const auto fewest = std::min_element(
      known.begin(), known.end(),
      [&](const Group& a, const Group& b) { return runs_of(a.number) < runs_of(b.number); });
  const Entry& entry = entries[by_number.at(static_cast<int64_t>(fewest->number))];
  Proposal proposal;
  proposal.config = entry.config;
  proposal.sampler = "repeat";
  proposal.repeat = runs_of(fewest->number);
  proposal.reason =
      fmt::format("is among the best {}: run again to tell merit from luck", known.size());
  proposal.replicate_of = fewest->number;
  return proposal;
}

std::optional<int64_t> Search::State::nearest(size_t row) const {
  std::optional<int64_t> found;
  double least = std::numeric_limits<double>::infinity();
  const auto& coordinates = definition.space.coordinates();
  const std::span<const double> from = evidence.x.row(row);
  for (size_t i = 0; i < evidence.rows(); ++i) {
    if (evidence.outcome[i] != Outcome::kComplete || i == row) continue;
    const std::span<const double> to = evidence.x.row(i);
    double distance = 0;
    for (size_t k = 0; k < coordinates.size() && distance < least; ++k) {
      const bool is_category = coordinates[k].kind == Coordinate::Kind::kCategory;
      if (std::isnan(from[k]) || std::isnan(to[k]))
        distance += std::isnan(from[k]) != std::isnan(to[k]);
      else if (is_category)
        distance += from[k] != to[k];
      else
        distance += (from[k] - to[k]) * (from[k] - to[k]);
    }
    if (distance < least) {
      least = distance;
      found = evidence.number[i];
    }
  }
  return found;
}

Proposal Search::State::propose(const Entry& entry, const Suggestion& suggestion) const {
  const bool is_maximized =
      !definition.objectives.empty() && definition.objectives.front().is_maximized;
  Proposal proposal;
  proposal.number = static_cast<uint64_t>(entry.number);
  proposal.config = entry.config;
  proposal.sampler = suggestion.sampler;
  proposal.reason = suggestion.reason;
  proposal.mean = is_maximized ? -suggestion.mean : suggestion.mean;
  proposal.sd = suggestion.sd;
  proposal.improvement = suggestion.improvement;
  proposal.replicate_of = entry.replicate_of;
  proposal.memory = suggestion.memory;
  if (entry.row) proposal.nearest = nearest(*entry.row);
  return proposal;
}

std::vector<Search::State::Group> Search::State::groups() const {
  std::vector<Group> groups;
  std::unordered_map<uint64_t, size_t> by_base;
  for (const Entry& entry : entries) {
    if (entry.number < 0 || !entry.row || entry.told.outcome != Outcome::kComplete) continue;
    const uint64_t base = entry.replicate_of.value_or(static_cast<uint64_t>(entry.number));
    const auto [place, is_new] = by_base.emplace(base, groups.size());
    if (is_new) groups.push_back({.number = static_cast<uint64_t>(entry.number)});
    Group& group = groups[place->second];
    group.results.push_back(evidence.y.at(*entry.row, 0));
    for (size_t i = 0; i < definition.limits.size(); ++i)
      group.violation = std::max(group.violation, evidence.constraints.at(*entry.row, i));
  }
  if (replicates.empty()) {
    for (Group& group : groups) group.mean = group.results.front();
    return groups;
  }
  // Where some were run again the noise is known, and what was run once may have been lucky: its
  // mean is drawn towards that of all as far as noise outweighs the differences between them.
  std::vector<std::vector<double>> results;
  double sum = 0, squares = 0;
  for (const Group& group : groups) {
    results.push_back(group.results);
    double mean = 0;
    for (const double result : group.results)
      mean += result / static_cast<double>(group.results.size());
    sum += mean;
    squares += mean * mean;
  }
  const auto sigma = surrogate::Noise::learn(results).overall();
  const auto count = static_cast<double>(groups.size());
  const double center = count > 0 ? sum / count : 0;
  const double spread = count > 1 ? std::max(0.0, squares / count - center * center) : 0;
  for (Group& group : groups) {
    const auto runs = static_cast<double>(group.results.size());
    double mean = 0;
    for (const double result : group.results) mean += result / runs;
    group.mean = mean;
    if (!sigma) continue;
    const double noise = sigma->sd * sigma->sd / runs;
    const double signal = std::max(spread - noise, 1e-3 * spread);
    const double trust = noise + signal > 0 ? signal / (noise + signal) : 1;
    group.mean = center + trust * (mean - center);
    group.sd = std::sqrt(trust * noise);
  }
  return groups;
}

Search::Search(std::unique_ptr<State> state) : x_state(std::move(state)) {}
Search::~Search() = default;
Search::Search(Search&&) noexcept = default;
Search& Search::operator=(Search&&) noexcept = default;

Result<Search> Search::make(Definition definition) {
  Search search(std::make_unique<State>());
  TRY_VOID(search.change(std::move(definition)));
  return search;
}

Result<void> Search::change(Definition definition) {
  // Random, Sobol and grid ask for nothing but that trials end.
  const bool is_blind = definition.method == Method::kRandom ||
                        definition.method == Method::kSobol || definition.method == Method::kGrid;
  if (definition.objectives.empty() && !is_blind)
    return fail(Code::kInvalid, "expected a metric that the sweep is to improve, found none");
  State& state = *x_state;
  const bool is_other_goal = state.definition.objectives.size() != definition.objectives.size();
  if (is_other_goal && !state.entries.empty())
    return fail(Code::kInvalid,
                "expected as many metrics as the sweep began with ({}), found {}: make another "
                "sweep, it learns from this one",
                state.definition.objectives.size(), definition.objectives.size());
  state.definition = std::move(definition);
  state.sampler = make_sampler(state.definition.method);
  state.clear_evidence();
  for (Entry& entry : state.entries) state.place(entry);
  return {};
}

std::optional<size_t> Search::learn(const Config& config, const Told& told) {
  State& state = *x_state;
  Entry entry{.number = -1 - static_cast<int64_t>(state.priors), .config = config, .told = told};
  const bool is_whole = told.outcome == Outcome::kFailed ||
                        (told.values.size() == state.definition.objectives.size() &&
                         std::all_of(told.values.begin(), told.values.end(),
                                     [](double v) { return std::isfinite(v); }));
  if (!is_whole || told.outcome == Outcome::kPending) return std::nullopt;
  if (!state.definition.space.encode_near(config, kSlack)) return std::nullopt;
  state.enter(std::move(entry));
  return state.priors++;
}

Result<void> Search::resume(const Proposal& proposal) {
  State& state = *x_state;
  const auto number = static_cast<int64_t>(proposal.number);
  if (state.by_number.contains(number))
    return fail(Code::kConflict, "expected each trial once, found trial {} twice", number);
  state.enter({.number = number, .config = proposal.config, .replicate_of = proposal.replicate_of});
  state.next_number = std::max(state.next_number, proposal.number + 1);
  if (!proposal.memory.is_null()) state.memory = proposal.memory;
  return {};
}

Result<std::optional<Proposal>> Search::ask(double used) {
  State& state = *x_state;
  const auto number = static_cast<int64_t>(state.next_number);
  auto again = state.next_repeat();
  if (!again) again = state.next_check();
  if (again) {
    again->number = state.next_number++;
    state.enter({.number = number, .config = again->config, .replicate_of = again->replicate_of});
    return again;
  }
  const Budget& budget = state.definition.budget;
  const double left = state.trials_left();
  double budget_left = 1 - used;
  if (std::isnan(used) && budget.trials)
    budget_left = left / static_cast<double>(std::max<uint64_t>(*budget.trials, 1));
  const Question question{
      .space = state.definition.space,
      .evidence = state.evidence,
      .seed = state.definition.seed,
      .number = state.next_number,
      .memory = state.memory,
      .trials_left = left,
      .budget_left = budget_left,
      .is_cost_aware = budget.hours || budget.kwh || budget.gco2e || budget.money};
  TRY(const std::optional<Suggestion> suggestion, state.sampler->suggest(question));
  if (!suggestion) return std::nullopt;
  Entry entry{.number = number, .config = state.definition.space.decode(suggestion->point)};
  if (suggestion->replicate_of) {
    const int64_t base = state.evidence.number[*suggestion->replicate_of];
    const auto known = state.by_number.find(base);
    const bool is_trial = base >= 0 && known != state.by_number.end();
    if (is_trial)
      entry.replicate_of =
          state.entries[known->second].replicate_of.value_or(static_cast<uint64_t>(base));
  }
  const uint64_t repeat = entry.replicate_of ? state.runs_of(*entry.replicate_of) : 0;
  ++state.next_number;
  if (!suggestion->memory.is_null()) state.memory = suggestion->memory;
  Proposal proposal = state.propose(state.enter(std::move(entry)), *suggestion);
  proposal.repeat = repeat;
  return proposal;
}

Result<void> Search::tell(uint64_t number, const Told& told) {
  State& state = *x_state;
  const auto found = state.by_number.find(static_cast<int64_t>(number));
  if (found == state.by_number.end())
    return fail(Code::kNotFound, "there is no trial {} in this sweep", number);
  Entry& entry = state.entries[found->second];
  entry.told = told;
  const bool needs_values = told.outcome == Outcome::kComplete || told.outcome == Outcome::kStopped;
  if (needs_values && told.values.size() != state.definition.objectives.size())
    return fail(Code::kInvalid, "expected {} values of trial {}, found {}",
                state.definition.objectives.size(), number, told.values.size());
  const bool is_finite = std::all_of(told.values.begin(), told.values.end(),
                                     [](double value) { return std::isfinite(value); });
  if (needs_values && !is_finite) entry.told.outcome = Outcome::kFailed;
  state.write(entry);
  return {};
}

Result<Proposal> Search::add(const Config& config, std::string reason) {
  State& state = *x_state;
  TRY(const Point point, state.definition.space.encode(config));
  if (!state.definition.space.is_allowed(point))
    return fail(Code::kInvalid, "expected a configuration that fulfils the sweep's constraints");
  Suggestion suggestion{
      .point = point, .sampler = "user", .reason = std::move(reason), .memory = {}};
  Entry entry{.number = static_cast<int64_t>(state.next_number++),
              .config = state.definition.space.decode(point)};
  return state.propose(state.enter(std::move(entry)), suggestion);
}

Result<void> Search::correct(uint64_t number, const Config& config) {
  State& state = *x_state;
  const auto found = state.by_number.find(static_cast<int64_t>(number));
  if (found == state.by_number.end())
    return fail(Code::kNotFound, "there is no trial {} in this sweep", number);
  Entry& entry = state.entries[found->second];
  if (entry.config == config) return {};
  entry.config = config;
  const auto point = state.point_of(config);
  if (point && entry.row) {
    std::copy(point->begin(), point->end(), state.evidence.x.row(*entry.row).begin());
    return {};
  }
  state.clear_evidence();
  for (Entry& each : state.entries) state.place(each);
  return {};
}

Result<void> Search::forget(uint64_t number) {
  State& state = *x_state;
  const auto found = state.by_number.find(static_cast<int64_t>(number));
  if (found == state.by_number.end())
    return fail(Code::kNotFound, "there is no trial {} in this sweep", number);
  if (const auto base = state.entries[found->second].replicate_of) --state.replicates[*base];
  state.entries.erase(state.entries.begin() + static_cast<ptrdiff_t>(found->second));
  state.by_number.clear();
  state.clear_evidence();
  for (size_t i = 0; i < state.entries.size(); ++i) {
    state.by_number[state.entries[i].number] = i;
    state.place(state.entries[i]);
  }
  return {};
}

const Definition& Search::definition() const { return x_state->definition; }
const Evidence& Search::evidence() const { return x_state->evidence; }

std::optional<Search::Best> Search::best() const {
  if (x_state->definition.objectives.empty()) return std::nullopt;
  const auto groups = x_state->groups();
  const auto worse = [](const State::Group& a, const State::Group& b) {
    return std::tuple(a.violation, a.mean, a.number) < std::tuple(b.violation, b.mean, b.number);
  };
  const auto found = std::min_element(groups.begin(), groups.end(), worse);
  if (found == groups.end()) return std::nullopt;
  const bool is_maximized = x_state->definition.objectives.front().is_maximized;
  return Best{found->number, is_maximized ? -found->mean : found->mean, found->sd};
}

std::vector<uint64_t> Search::front() const {
  const Evidence& e = x_state->evidence;
  const auto is_in_question = [&](size_t i) {
    const auto limits = e.constraints.row(i);
    return e.number[i] >= 0 && e.outcome[i] == Outcome::kComplete &&
           std::none_of(limits.begin(), limits.end(), [](double c) { return c > 0; });
  };
  std::vector<uint64_t> front;
  for (size_t i = 0; i < e.rows(); ++i) {
    if (!is_in_question(i)) continue;
    bool is_beaten = false;
    for (size_t k = 0; k < e.rows() && !is_beaten; ++k) {
      if (k == i || !is_in_question(k)) continue;
      bool is_better = false, is_worse = false;
      for (size_t o = 0; o < e.y.columns(); ++o) {
        is_better = is_better || e.y.at(k, o) < e.y.at(i, o);
        is_worse = is_worse || e.y.at(k, o) > e.y.at(i, o);
      }
      is_beaten = !is_worse && (is_better || k < i);
    }
    if (!is_beaten) front.push_back(static_cast<uint64_t>(e.number[i]));
  }
  std::sort(front.begin(), front.end());
  return front;
}

namespace {

// What a slice shows along a coordinate: every level where there are few, else even places.
std::vector<double> places_along(const Space& space, size_t coordinate, size_t places) {
  const Coordinate& c = space.coordinates()[coordinate];
  const bool is_all = c.kind != Coordinate::Kind::kContinuous &&
                      (c.levels <= places || c.kind == Coordinate::Kind::kCategory);
  std::vector<double> along;
  for (size_t i = 0; i < (is_all ? c.levels : places); ++i)
    along.push_back(is_all ? space.level_place(coordinate, i)
                           : static_cast<double>(i) / static_cast<double>(places - 1));
  return along;
}

Result<size_t> coordinate_of(const Space& space, const std::string& name) {
  const auto& coordinates = space.coordinates();
  const auto is_it = [&](const Coordinate& c) {
    return space.parameters()[c.parameter].name == name;
  };
  const auto found = std::find_if(coordinates.begin(), coordinates.end(), is_it);
  if (found == coordinates.end())
    return fail(Code::kNotFound, "expected a parameter of this sweep, found '{}'", name);
  const Parameter::Kind kind = space.parameters()[found->parameter].kind;
  if (kind == Parameter::Kind::kSubset || kind == Parameter::Kind::kPermutation ||
      kind == Parameter::Kind::kSimplex)
    return fail(Code::kInvalid, "expected a parameter with one value, found '{}'", name);
  return static_cast<size_t>(found - coordinates.begin());
}

}  // namespace

Result<Search::Belief> Search::belief(const std::string& x, const std::string& y,
                                      size_t places) const {
  const State& state = *x_state;
  const Space& space = state.definition.space;
  const Evidence& e = state.evidence;
  places = std::clamp<size_t>(places, 2, 256);
  TRY(const size_t across, coordinate_of(space, x));
  std::optional<size_t> down;
  if (!y.empty()) {
    TRY(const size_t other, coordinate_of(space, y));
    down = other;
  }
  surrogate::Matrix points(0, space.coordinates().size());
  std::vector<double> results;
  for (size_t i = e.rows(); i-- > 0 && results.size() < kModelRowsMax;) {
    if (e.outcome[i] != Outcome::kComplete) continue;
    points.append(e.x.row(i));
    results.push_back(e.y.at(i, 0));
  }
  const auto best = this->best();
  if (results.size() < 3 || !best)
    return fail(Code::kUnavailable, "expected results of three trials at least, found {}",
                results.size());
  const auto target = surrogate::Target::learn(surrogate::TargetScale::kSoftLog, results);
  for (double& result : results) result = target.to_model(result);
  TRY(const auto model,
      surrogate::GaussianProcess::fit(space.columns(), {.x = points, .y = results},
                                      surrogate::short_lengths()));
  const size_t best_row =
      *state.entries[state.by_number.at(static_cast<int64_t>(best->number))].row;
  const Point center(e.x.row(best_row).begin(), e.x.row(best_row).end());
  const bool is_maximized = state.definition.objectives.front().is_maximized;
  Belief belief;
  const auto value_at = [&](size_t coordinate, double place) {
    Point point = center;
    point[coordinate] = place;
    const Value config{model::Object(space.decode(space.snapped(point)))};
    const Value* value = model::find_path(
        config, space.parameters()[space.coordinates()[coordinate].parameter].name);
    return value ? *value : Value();
  };
  const std::vector<double> columns = places_along(space, across, places);
  const std::vector<double> rows = down ? places_along(space, *down, places) : std::vector{0.0};
  for (const double place : columns) belief.x.push_back(value_at(across, place));
  if (down)
    for (const double place : rows) belief.y.push_back(value_at(*down, place));
  for (const double column : columns) {
    for (const double row : rows) {
      Point point = center;
      point[across] = column;
      if (down) point[*down] = row;
      const auto posterior = model.predict(space.snapped(std::move(point)));
      const double sd = std::sqrt(std::max(posterior.variance, 0.0));
      const double mean = target.to_metric(posterior.mean);
      belief.mean.push_back(is_maximized ? -mean : mean);
      belief.sd.push_back(
          (target.to_metric(posterior.mean + sd) - target.to_metric(posterior.mean - sd)) / 2);
    }
  }
  return belief;
}

}  // namespace cairn::sweep
