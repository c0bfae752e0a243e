// See card_runs.h.
#include "report/testing/card_runs.h"

#include <cmath>

#include "surrogate/features.h"
#include "surrogate/random.h"

namespace cairn::report::testing {

using model::Object;

CardRun ran(const std::string& name, double begin_s, double seconds, std::optional<double> result) {
  CardRun run{.id = "id-" + name, .name = name, .state = "finished"};
  run.created_ns = kStartNs + static_cast<int64_t>(begin_s * static_cast<double>(kSecondNs));
  run.ended_ns = run.created_ns + static_cast<int64_t>(seconds * static_cast<double>(kSecondNs));
  run.ran_s = seconds;
  run.result = result;
  return run;
}

CardRun with_energy(CardRun run, double kwh) {
  footprint::Footprint footprint;
  footprint.energy_kwh = footprint::quantity(kwh, 0.1, footprint::Method::kMeasured);
  footprint.money = footprint.energy_kwh * 0.2;
  footprint.currency = "EUR";
  run.footprint = footprint;
  return run;
}

CardRun on_gpus(CardRun run, const std::string& device, size_t count) {
  model::List gpus(count, Object{{"name", device}});
  run.meta.set("gpus", std::move(gpus));
  return run;
}

CardFacts digits() {
  CardFacts facts;
  facts.project = "digits";
  facts.metric = "val_acc";
  facts.is_maximized = true;
  facts.metric_said_by = "define_metric";
  facts.now_ns = kStartNs + 86400 * kSecondNs;
  facts.version = "1.2.3";
  surrogate::Random random(11);
  std::vector<surrogate::Row> configs;
  std::vector<std::optional<double>> results;
  for (int i = 0; i < 60; ++i) {
    const double lr = std::pow(10, -4 + 3 * random.unit());
    const double width = 16 + std::floor(100 * random.unit());
    const bool is_adam = random.unit() < 0.5;
    const double accuracy =
        0.95 - 0.1 * std::pow(std::log10(lr) + 2.5, 2) - (is_adam ? 0 : 0.03) + 0.0002 * width;
    CardRun run = with_energy(ran("run-" + std::to_string(i), 60.0 * i, 50, accuracy), 0.01);
    run.config = Object{{"lr", lr}, {"width", width}, {"opt", is_adam ? "adam" : "sgd"}};
    if (i % 20 == 7) {
      run.state = "failed";
      run.result.reset();
    } else {
      configs.push_back(*run.config.as_object());
      results.push_back(run.result);
    }
    facts.runs.push_back(std::move(run));
  }
  facts.columns = surrogate::Features::learn(configs).columns();
  facts.sensitivity =
      analyse_sensitivity({.configs = configs, .results = results},
                          {.metric = "val_acc", .is_maximized = true, .refits = 8, .shuffles = 8});
  std::vector<double> known;
  for (const auto& result : results) known.push_back(*result);
  facts.expected = expect_best({.results = known, .is_maximized = true});
  return facts;
}

}  // namespace cairn::report::testing
