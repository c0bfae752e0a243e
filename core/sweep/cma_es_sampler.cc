// The sampler that descends with CMA-ES and begins again elsewhere when a descent is over.
//
// Restarts alternate between more and more points per generation and short descents with few, such
// that both get the same number of trials (BIPOP, Hansen 2009). Where it stands is replayed from
// what was told, in the order of the trials' numbers: workers may tell in any order and at any
// time.
#include <cmath>
#include <cstring>
#include <utility>

#include "sweep/cma_es.h"
#include "sweep/ranking.h"
#include "sweep/untried.h"

namespace cairn::sweep {

namespace {

constexpr double kStep = 1.0 / 5;        // of a descent from an unknown place
constexpr double kStepKnown = 1.0 / 10;  // from the best of earlier runs
constexpr double kEarlierShare = 0.1;    // of earlier runs that are the best ones

// The descents so far; a value.
class Descents {
 public:
  explicit Descents(const Question& question)
      : x_offspring(4 + static_cast<size_t>(
                            3 * std::log(std::max<double>(
                                    1, static_cast<double>(question.space.coordinates().size()))))),
        x_now(begin(question)) {}

  const CmaEs& now() const { return x_now; }
  size_t restarts() const { return x_restarts; }

  // One more told row; it is kept until there are enough of them for an update.
  void tell(const Question& question, uint32_t row) {
    x_waiting.push_back(row);
    ++(x_is_large ? x_large_trials : x_small_trials);
    if (x_waiting.size() < x_now.offspring()) return;
    const Evidence& evidence = question.evidence;
    Rows best_first, failed;
    for (const uint32_t waiting : x_waiting)
      (evidence.outcome[waiting] == Outcome::kFailed ? failed : best_first).push_back(waiting);
    best_first = best_of(evidence, std::move(best_first), x_waiting.size());
    const double value = best_first.empty() ? std::numeric_limits<double>::infinity()
                                            : evidence.y.at(best_first[0], 0);
    best_first.insert(best_first.end(), failed.begin(), failed.end());
    x_now.update(evidence.x, best_first, value);
    x_waiting.clear();
    if (x_now.is_spent()) restart(question);
  }

 private:
  // Where the user would begin, or where earlier runs were best.
  CmaEs begin(const Question& question) const {
    const Evidence& evidence = question.evidence;
    Rows earlier = rows_with_result(evidence);
    std::erase_if(earlier, [&](uint32_t row) { return evidence.number[row] >= 0; });
    if (earlier.empty()) return CmaEs(question.space, question.space.start(), kStep, x_offspring);
    const auto share = std::ceil(kEarlierShare * static_cast<double>(earlier.size()));
    earlier = best_of(evidence, std::move(earlier), static_cast<size_t>(share));
    Point mean(question.space.coordinates().size());
    for (size_t k = 0; k < mean.size(); ++k) {
      double sum = 0, count = 0;
      for (const uint32_t row : earlier)
        if (!std::isnan(evidence.x.at(row, k))) sum += evidence.x.at(row, k), ++count;
      mean[k] = count > 0 ? sum / count : 0.5;
    }
    return CmaEs(question.space, mean, kStepKnown, x_offspring);
  }

  void restart(const Question& question) {
    surrogate::Random random(question.seed, ~uint64_t{++x_restarts});
    x_is_large = x_large_trials <= x_small_trials;
    double step = kStep;
    size_t offspring = x_offspring;
    if (x_is_large) {
      offspring = x_offspring << ++x_doublings;
    } else {
      const double ratio = std::pow(2.0, static_cast<double>(x_doublings)) / 2;
      const double share = std::pow(std::max(ratio, 1.0), std::pow(random.unit(), 2));
      offspring = static_cast<size_t>(static_cast<double>(x_offspring) * share);
      step *= std::pow(10, -2 * random.unit());
    }
    const std::optional<Point> mean = question.space.draw(random);
    x_now = CmaEs(question.space, mean ? *mean : question.space.start(), step, offspring);
  }

  size_t x_offspring;
  CmaEs x_now;
  Rows x_waiting;
  size_t x_restarts = 0, x_doublings = 0;
  bool x_is_large = true;
  uint64_t x_large_trials = 0, x_small_trials = 0;
};

// Of one thread. What was replayed is kept, and told from again only where it has changed.
class CmaEsSampler final : public Sampler {
 public:
  Result<std::optional<Suggestion>> suggest(const Question& question) override {
    replay(question);
    surrogate::Random random(question.seed, question.number);
    bool is_start = question.evidence.rows() == 0;
    const auto next = [&] {
      if (std::exchange(is_start, false)) return question.space.start();
      return question.space.snapped(x_descents->now().draw(random));
    };
    TRY(std::optional<Point> point, first_untried(question, random, next));
    if (!point) return std::nullopt;
    return Suggestion{.point = std::move(*point),
                      .sampler = "cmaes",
                      .reason = fmt::format("drawn around the best so far, descent {}",
                                            x_descents->restarts() + 1),
                      .memory = {}};
  }

 private:
  static void write(const Evidence& evidence, size_t row, std::vector<double>& out) {
    out.clear();
    out.push_back(static_cast<double>(row));
    out.push_back(static_cast<double>(evidence.number[row]));
    out.push_back(static_cast<double>(evidence.outcome[row]));
    for (const surrogate::Matrix* matrix : {&evidence.x, &evidence.y, &evidence.constraints})
      if (matrix->columns() > 0)
        out.insert(out.end(), matrix->row(row).begin(), matrix->row(row).end());
  }

  void replay(const Question& question) {
    const Evidence& evidence = question.evidence;
    size_t written = 0;  // of the transcript, in numbers
    std::vector<double> entry;
    for (uint32_t row = 0; row < evidence.rows(); ++row) {
      if (evidence.outcome[row] == Outcome::kPending) continue;
      write(evidence, row, entry);
      // Bit by bit: unknown values are alike.
      const bool is_known =
          written + entry.size() <= x_transcript.size() &&
          std::memcmp(&x_transcript[written], entry.data(), entry.size() * sizeof(double)) == 0;
      if (!is_known && written < x_transcript.size()) return begin_again(question);
      if (!is_known) x_transcript.insert(x_transcript.end(), entry.begin(), entry.end());
      written += entry.size();
      if (is_known) continue;
      if (evidence.number[row] < 0) {
        x_descents.reset();  // it begins where earlier runs were best
        continue;
      }
      if (!x_descents) x_descents.emplace(question);
      x_descents->tell(question, row);
    }
    if (written < x_transcript.size()) return begin_again(question);
    if (!x_descents) x_descents.emplace(question);
  }

  void begin_again(const Question& question) {
    x_descents.reset();
    x_transcript.clear();
    replay(question);
  }

  std::optional<Descents> x_descents;
  std::vector<double> x_transcript;  // of all that was told
};

}  // namespace

std::unique_ptr<Sampler> make_cma_es_sampler() { return std::make_unique<CmaEsSampler>(); }

}  // namespace cairn::sweep
