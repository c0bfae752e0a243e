// Footprints of many runs as one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "footprint/amount.h"
#include "footprint/assess.h"
#include "footprint/tally.h"

namespace cairn::footprint {
namespace {

constexpr size_t kTextsMax = 20;     // sources and notes of a sum; the first ones stand for all
constexpr double kToldShare = 1e-6;  // of the energy: less is rounding
constexpr std::string_view kWithout = " is without ";  // in notes that a sum of sums makes anew

Quantity plus(const Quantity& a, const Quantity& b) {
  const std::array<Quantity, 2> both = {a, b};
  return add_related(both);
}

// A sum over the runs for which something is known, and how much energy those used.
struct KnownSum {
  std::optional<Quantity> sum;
  double kwh = 0;

  void add(const Quantity& quantity, double run_kwh) {
    sum = sum ? plus(*sum, quantity) : quantity;
    kwh += run_kwh;
  }
};

class Adder {
 public:
  void add(const Footprint& run) {
    const double kwh = run.energy_kwh.value;
    for (const PartEnergy& part : run.parts) add_part(x_out.parts, part);
    x_energy.add(run.energy_kwh, kwh);
    x_it.add(run.it_kwh, kwh);
    x_out.idle_kwh += run.idle_kwh;
    x_out.watched_s += run.watched_s;
    x_out.lost_s += run.lost_s;
    x_range.add(run.carbon_range_kg, kwh);
    if (run.carbon_kg) x_carbon.add(*run.carbon_kg, kwh - run.carbon_unknown_kwh);
    if (run.market_carbon_kg) x_market.add(*run.market_carbon_kg, kwh);
    if (run.money) money_in(run.currency).add(*run.money, kwh - run.money_unknown_kwh);
    keep_common(run);
    for (const std::string& source : run.sources)
      if (x_out.sources.size() < kTextsMax) add_text(x_out.sources, source);
    for (const std::string& note : run.notes)
      if (x_out.notes.size() < kTextsMax && note.find(kWithout) == std::string::npos)
        add_text(x_out.notes, note);
    ++x_runs;
  }

  Footprint finish() {
    if (x_runs == 0) return x_out;
    add_energy();
    x_out.carbon_range_kg = *x_range.sum;
    x_out.carbon_kg = x_carbon.sum;
    x_out.market_carbon_kg = x_market.sum;
    x_out.carbon_unknown_kwh = tell_unknown(x_carbon, "carbon");
    x_out.money_unknown_kwh = x_energy.kwh;
    if (!x_money.empty()) {
      const auto most = std::max_element(x_money.begin(), x_money.end(), [](auto& a, auto& b) {
        return a.second.kwh < b.second.kwh;
      });
      x_out.currency = most->first;
      x_out.money = most->second.sum;
      x_out.money_unknown_kwh = tell_unknown(most->second, "money");
    }
    return std::move(x_out);
  }

 private:
  // Parts of one kind have one error; the kinds' are not related.
  void add_energy() {
    std::vector<PartEnergy> kinds;
    for (const PartEnergy& part : x_out.parts)
      add_part(kinds, {part.part, "", part.kwh, "", false});
    std::vector<Quantity> sums;
    for (const PartEnergy& kind : kinds) sums.push_back(kind.kwh);
    x_out.it_kwh = sums.empty() ? *x_it.sum : add_independent(sums);
    x_out.energy_kwh = *x_energy.sum;
    if (x_out.it_kwh.value <= 0) return;
    const double pue = x_out.energy_kwh.value / x_out.it_kwh.value;
    x_out.pue = {pue, std::min(pue, x_pue_low), std::max(pue, x_pue_high), Method::kAssumed};
    x_out.energy_kwh = x_out.it_kwh * x_out.pue;
  }

  void keep_common(const Footprint& run) {
    if (x_runs == 0) {
      x_out.zone = run.zone;
      x_out.year = run.year;
      x_out.intensity = run.intensity;
      x_pue_low = run.pue.low;
      x_pue_high = run.pue.high;
      return;
    }
    x_pue_low = std::min(x_pue_low, run.pue.low);
    x_pue_high = std::max(x_pue_high, run.pue.high);
    if (x_out.zone != run.zone) x_out.zone.clear();
    if (x_out.year != run.year) x_out.year = 0;
    const bool is_same = x_out.intensity && run.intensity && x_out.zone == run.zone &&
                         x_out.intensity->g_per_kwh.value == run.intensity->g_per_kwh.value;
    if (!is_same) x_out.intensity.reset();
  }

  KnownSum& money_in(const std::string& currency) {
    for (auto& [known, sum] : x_money)
      if (known == currency) return sum;
    return x_money.emplace_back(currency, KnownSum{}).second;
  }

  double tell_unknown(const KnownSum& known, std::string_view what) {
    const double missing = x_energy.kwh - known.kwh;
    if (missing <= kToldShare * x_energy.kwh) return 0;
    if (known.sum)
      x_out.notes.push_back(fmt::format("{}{}{} kWh for which it is not known", what, kWithout,
                                        print_amount(missing)));
    return missing;
  }

  Footprint x_out;
  int64_t x_runs = 0;
  KnownSum x_energy, x_it, x_carbon, x_range, x_market;
  std::vector<std::pair<std::string, KnownSum>> x_money;
  double x_pue_low = 1, x_pue_high = 1;
};

}  // namespace

Footprint add(std::span<const Footprint> runs) {
  Adder adder;
  for (const Footprint& run : runs) adder.add(run);
  return adder.finish();
}

}  // namespace cairn::footprint
