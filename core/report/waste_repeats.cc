// See waste_repeats.h.
#include "report/waste_repeats.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace cairn::report {

namespace {

// Runs of one result key that came before, as far as it matters: of all that could have been
// reused, the first to end.
class Earlier {
 public:
  explicit Earlier(std::span<const WasteRun> runs) : x_runs(runs) {}

  void add(size_t run) {
    const WasteRun& added = x_runs[run];
    if (added.end != RunEnd::kFinished || !added.can_be_reused || added.was_reused) return;
    take(x_first, run);
    take(x_by_user[added.user], run);
    take(x_by_exact_key[added.exact_key], run);
    if (!x_last || x_runs[*x_last].ended_ns < added.ended_ns) x_last = run;
  }

  Repeat look(const WasteRun& run) const {
    const auto had_ended = [&](const std::optional<size_t>& earlier) {
      return earlier && x_runs[*earlier].ended_ns <= run.began_ns;
    };
    if (had_ended(x_first)) {
      const auto own = x_by_user.find(run.user);
      const auto exact = x_by_exact_key.find(run.exact_key);
      const bool is_own = own != x_by_user.end() && had_ended(own->second);
      const bool is_exact =
          !run.exact_key.empty() && exact != x_by_exact_key.end() && had_ended(exact->second);
      return {is_exact ? Repeat::Kind::kExact : Repeat::Kind::kEquivalent, is_own,
              *(is_own ? own->second : x_first)};
    }
    if (x_last) return {Repeat::Kind::kConcurrent, x_runs[*x_last].user == run.user, *x_last};
    return {};
  }

 private:
  void take(std::optional<size_t>& first, size_t run) const {
    if (!first || x_runs[run].ended_ns < x_runs[*first].ended_ns) first = run;
  }

  std::span<const WasteRun> x_runs;
  std::optional<size_t> x_first, x_last;  // to end
  std::unordered_map<std::string_view, std::optional<size_t>> x_by_user, x_by_exact_key;
};

}  // namespace

std::vector<Repeat> find_repeats(std::span<const WasteRun> runs) {
  std::vector<size_t> order(runs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t run) { return runs[run].began_ns; });
  std::unordered_map<std::string_view, Earlier> earlier;
  std::vector<Repeat> repeats(runs.size());
  for (const size_t run : order) {
    if (runs[run].result_key.empty()) continue;
    Earlier& same = earlier.try_emplace(runs[run].result_key, runs).first->second;
    if (!runs[run].is_check && !runs[run].was_reused) repeats[run] = same.look(runs[run]);
    same.add(run);
  }
  return repeats;
}

}  // namespace cairn::report
