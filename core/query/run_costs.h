// RunCosts: what runs cost, computed when they are read: how this room asks one that knows tables
// and models.
//
// Owned by whoever owns the Catalog, used on its thread. Nothing of it is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/value.h"

namespace cairn::query {

// Stands in a run's summary below this name, unless the run itself has put something there.
constexpr const char* kCostsName = "footprint";
// The system series that every run with costs of its own has, and members that most of them have:
// what there is to offer before anything is computed.
constexpr const char* kCostsSign = "energy.share_s";
constexpr const char* kCostsOffered[] = {"kwh", "gco2e", "money"};

class RunCosts {
 public:
  virtual ~RunCosts() = default;

  struct Run {
    const model::Value& meta;
    int64_t began_ns = 0;
    std::optional<double> ran_s;
  };
  // {"kwh": ..., "gco2e": ...}; null where nothing is known.
  virtual model::Value summarise(const Run& run) const = 0;

  // The energy used by a moment: the sum of factor x the last value of each series.
  struct Term {
    std::string series;
    double kwh_per_unit = 1;
  };
  struct Terms {
    std::vector<Term> terms;
    size_t writers = 0;               // whose series have the same names
    std::optional<double> total_kwh;  // of all of them, at the end
  };
  virtual Terms energy_terms(const model::Value& meta) const = 0;
};

}  // namespace cairn::query
