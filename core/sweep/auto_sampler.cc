// The policy: which sampler is asked for the next trial. docs/sweep.md says why.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "sweep/sampler.h"

namespace cairn::sweep {

namespace {

using model::Value;

// As long as there are few results, Gaussian processes make most of them.
constexpr size_t kModelledMax = 1000, kModelledCoordinatesMax = 60;
// Every so many trials are not the models' choice, lest they be wrong in the same way for long.
constexpr size_t kHedgeFrom = 30, kHedgeEvery = 6, kHedgeOftenEvery = 3;
// Rank correlation of results and what they were thought to be.
constexpr double kGoodRanking = 0.2;
// Of the results, how many may be one that another trial has, too. Beyond, results lie in steps (a
// score on few samples), and on a step a smooth model has nothing to climb.
constexpr double kTiedMax = 0.3;
constexpr size_t kFrontMax = 600;  // results from which on fronts are bred
constexpr size_t kNsga2ObjectivesMax = 3;
// With many results samplers compete: who lately had most of the best trials is asked.
constexpr size_t kWindow = 50, kModelEvery = 20, kSlowModelCoordinatesMax = 200;
constexpr double kChanceMin = 0.1;  // of each of them

class AutoSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    const Choice choice = choose(question);
    const std::string name(print_method(choice.method));
    const Value* memory = question.memory.find(name);
    const Question asked{.space = question.space,
                         .evidence = question.evidence,
                         .seed = question.seed,
                         .number = question.number,
                         .memory = memory ? *memory : kNone,
                         .trials_left = question.trials_left,
                         .budget_left = question.budget_left,
                         .is_cost_aware = question.is_cost_aware};
    TRY(std::optional<Suggestion> suggestion, sampler(choice.method).suggest(asked));
    if (!suggestion) return suggestion;
    Value all = question.memory;
    if (!suggestion->memory.is_null()) all.set(name, std::move(suggestion->memory));
    if (choice.is_bandit) remember(all, question.number, name);
    suggestion->memory = std::move(all);
    if (suggestion->sampler.empty()) suggestion->sampler = name;
    if (!choice.why.empty()) suggestion->reason += "; " + choice.why;
    return suggestion;
  }

 private:
  struct Choice {
    Method method;
    std::string why;
    bool is_bandit = false;
  };
  inline static const Value kNone;

  Sampler& sampler(Method method) {
    auto& made = x_samplers[method];
    if (!made) made = make_sampler(method);
    return *made;
  }

  static Choice choose(const Question& question) {
    const Evidence& evidence = question.evidence;
    const size_t known = count_known(evidence);
    if (evidence.y.columns() > 1) {
      if (known <= kFrontMax) return {Method::kGaussianProcess, {}};
      const bool is_few = evidence.y.columns() <= kNsga2ObjectivesMax;
      return {is_few ? Method::kNsga2 : Method::kNsga3, "the front is large enough to breed from"};
    }
    const size_t coordinates = question.space.coordinates().size();
    if (known > kModelledMax || coordinates > kModelledCoordinatesMax)
      return choose_by_success(question);
    const Value* model = question.memory.find(print_method(Method::kGaussianProcess));
    const Value* ranking = model ? model->find("ranking") : nullptr;
    const bool is_good = !ranking || ranking->number_or(1) >= kGoodRanking;
    const bool has_steps = share_of_tied(evidence) > kTiedMax;
    const size_t every = is_good && !has_steps ? kHedgeEvery : kHedgeOftenEvery;
    if (known < kHedgeFrom || question.number % every != 0) return {Method::kGaussianProcess, {}};
    return {Method::kTpe, !is_good    ? "the Gaussian processes predict results badly so far"
                          : has_steps ? "many results are the same, where smooth models see little"
                                      : "every sixth trial is not the Gaussian processes' choice"};
  }

  static double share_of_tied(const Evidence& evidence) {
    std::vector<double> results;
    for (size_t i = 0; i < evidence.rows(); ++i)
      if (evidence.outcome[i] == Outcome::kComplete) results.push_back(evidence.y.at(i, 0));
    if (results.empty()) return 0;
    std::ranges::sort(results);
    size_t tied = 0;
    for (size_t i = 0; i < results.size(); ++i)
      if ((i > 0 && results[i] == results[i - 1]) ||
          (i + 1 < results.size() && results[i] == results[i + 1]))
        ++tied;
    return static_cast<double>(tied) / static_cast<double>(results.size());
  }

  static size_t count_known(const Evidence& evidence) {
    return static_cast<size_t>(std::ranges::count_if(evidence.outcome, [](Outcome outcome) {
      return outcome == Outcome::kComplete || outcome == Outcome::kStopped;
    }));
  }

  // ---- Many results, or many coordinates -------------------------------------------------------

  static std::vector<Method> competitors(const Space& space) {
    size_t categories = 0;
    for (const Coordinate& c : space.coordinates())
      if (c.kind == Coordinate::Kind::kCategory) ++categories;
    if (space.is_conditional() || 2 * categories > space.coordinates().size())
      return {Method::kTpe};
    return {Method::kTrustRegion, Method::kCmaEs, Method::kTpe};
  }

  static Choice choose_by_success(const Question& question) {
    const bool can_model = question.space.coordinates().size() <= kSlowModelCoordinatesMax;
    if (can_model && question.number % kModelEvery == 0)
      return {Method::kGaussianProcess, "every twentieth trial is the Gaussian processes' choice"};
    const std::vector<Method> methods = competitors(question.space);
    surrogate::Random random(question.seed ^ kBanditSeed, question.number);
    const double drawn = random.unit() / kChanceMin;
    if (drawn < static_cast<double>(methods.size()))
      return {methods[static_cast<size_t>(drawn)], "each sampler has its share", true};
    const std::map<std::string, double> success = successes(question);
    Choice best{methods[0], "it had most of the best of the latest trials", true};
    double most = -1;
    for (const Method method : methods) {
      const auto found = success.find(std::string(print_method(method)));
      const double share = found == success.end() ? 1 : found->second;
      if (share > most) best.method = method;
      most = std::max(most, share);
    }
    return best;
  }

  // By sampler: the share of its trials in the window that are in the window's best quarter.
  static std::map<std::string, double> successes(const Question& question) {
    struct Seen {
      std::string name;
      double result;
    };
    std::map<int64_t, double> results;
    const Evidence& evidence = question.evidence;
    for (size_t i = 0; i < evidence.rows(); ++i)
      if (evidence.outcome[i] != Outcome::kPending)
        results[evidence.number[i]] =
            evidence.outcome[i] == Outcome::kFailed ? INFINITY : evidence.y.at(i, 0);
    std::vector<Seen> window;
    const Value* list = question.memory.find("window");
    if (list && list->as_list())
      for (const Value& entry : *list->as_list()) {
        const Value *number = entry.find("number"), *name = entry.find("sampler");
        const auto found = number ? results.find(number->int_or(-1)) : results.end();
        if (name && found != results.end())
          window.push_back({std::string(name->string_or("")), found->second});
      }
    std::ranges::stable_sort(window, {}, &Seen::result);
    std::map<std::string, std::pair<double, double>> counts;
    for (size_t i = 0; i < window.size(); ++i) {
      counts[window[i].name].first += 4 * i < window.size() ? 1 : 0;
      counts[window[i].name].second += 1;
    }
    std::map<std::string, double> shares;
    for (const auto& [name, count] : counts) shares[name] = count.first / count.second;
    return shares;
  }

  static void remember(Value& memory, uint64_t number, const std::string& name) {
    const Value* old = memory.find("window");
    model::List window = old && old->as_list() ? *old->as_list() : model::List();
    window.push_back(model::Object{{"number", static_cast<int64_t>(number)}, {"sampler", name}});
    if (window.size() > kWindow) window.erase(window.begin());
    memory.set("window", std::move(window));
  }

  static constexpr uint64_t kBanditSeed = 0x589965CC75374CC3;

  std::map<Method, std::unique_ptr<Sampler>> x_samplers;
};

}  // namespace

std::unique_ptr<Sampler> make_auto_sampler() { return std::make_unique<AutoSampler>(); }

}  // namespace cairn::sweep
