// A sweep as the user meant it, found in the store, and how it is told to people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/door_client.h"
#include "model/value.h"

namespace cairn::cli {

struct FoundSweep {
  std::string id, project, name;
  model::Value sweep;  // the API's Sweep

  std::string path() const;  // "/sweeps/ID"
};

// SWEEP as users write it: an id, a unique prefix of one, or a name; what stands before a '/' is
// left out, as wandb writes it. Errors: NotFound, Conflict where several fit.
Result<FoundSweep> find_sweep(DoorClient& client, const std::string& reference);

// All pages of a list of the API.
Result<model::List> get_all(DoorClient& client, const std::string& path, const std::string& member,
                            const server::Pairs& params = {});

// What a sweep makes best, the first of its objectives being the one that stands in lines.
struct Goal {
  std::string metric;
  bool is_maximized = false;
  bool is_better(double a, double b) const { return is_maximized ? a > b : a < b; }
};
std::vector<Goal> goals_of(const model::Value& sweep);

// How far it has come: trials that ended, however they did, of those that the budget, or else the
// space, allows.
size_t count_ended(const model::Value& sweep);
std::optional<size_t> count_wanted(const model::Value& sweep);
size_t count_at(const model::Value& sweep, std::string_view state);

// "lr 0.1, depth 3"
std::string print_params(const model::Value& params);
// "val_acc 0.9312" of a trial; its state where it has no value.
std::string print_result(const model::Value& trial, const std::vector<Goal>& goals);
// "12/60 trials", "val_acc 0.9312 (trial 7)", "2h 13m, 0.4 kWh"; empty where nothing is known.
std::string print_progress(const model::Value& sweep);
std::string print_best(const model::Value& sweep);
std::string print_used(const model::Value& sweep);

}  // namespace cairn::cli
