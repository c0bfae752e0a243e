// FootprintTotals: what the runs of projects cost together, by what they have in common, and how
// much of it was search.
//
// Lives for one request; holds sums, not runs, so that any number of runs may be added.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "footprint/assess.h"
#include "model/value.h"
#include "query/run_table.h"
#include "server/call.h"
#include "server/footprint_desk.h"

namespace cairn::server {

// A sum that is as good as footprint::add() over all of its parts.
class FootprintSum {
 public:
  void add(footprint::Footprint footprint);
  size_t runs() const { return x_runs; }
  // Nothing where nothing is known of any run.
  std::optional<footprint::Footprint> total() const;

 private:
  std::vector<footprint::Footprint> x_parts;
  size_t x_runs = 0;
};

struct FootprintQuestion {
  footprint::Place place;
  std::vector<std::string> by;
  query::RunTable::Select select;
  std::string metric;  // what the best run is chosen by; empty: what the project says itself
  bool is_maximized = false;
  size_t groups_max = 0;
};
// "by", "filter", "archived", "since", "metric", "goal", "limit", and those of read_place().
Result<FootprintQuestion> read_question(const Call& call);

// A run as it is added.
struct PricedRun {
  std::string project, id, name, user, group, job_type;
  int64_t created_ns = 0;
  double ran_s = 0;
  bool is_tagged_final = false;
  std::optional<double> number;  // of the first column that has one
  footprint::RunEnergy energy;
  std::optional<footprint::Footprint> footprint;

  bool is_inference() const { return job_type == "inference"; }
};

// Reads and prices the runs of a project that match.
using VisitPriced = std::function<void(PricedRun& run)>;
Result<void> for_each_priced(const Call& call, const std::string& project,
                             const FootprintQuestion& question,
                             const std::vector<std::string>& number_columns,
                             const VisitPriced& visit);

class FootprintTotals {
 public:
  FootprintTotals(const Call& call, const FootprintQuestion& question)
      : x_call(call), x_question(question) {}

  Result<void> add(const std::string& project);
  model::Value print() const;

  const FootprintSum& total() const { return x_total; }
  const FootprintSum& training() const { return x_training; }
  const FootprintSum& final_runs() const { return x_final; }
  bool knows_final() const { return !x_final_by.empty(); }

 private:
  struct MetricChoice {
    std::string name;
    bool is_maximized = false;
  };
  struct Choice;  // of the final run of one project

  Result<std::optional<MetricChoice>> choose_metric(const std::string& project) const;
  void add(PricedRun& run, Choice& choice);
  void close(Choice& choice, const std::string& project);
  model::Value print_groups() const;
  model::Value print_sci(const footprint::Footprint& total) const;

  const Call& x_call;
  const FootprintQuestion& x_question;
  size_t x_runs = 0, x_unknown = 0;
  FootprintSum x_total, x_training, x_inference, x_search, x_final;
  double x_embodied_kg = 0;  // of the hardware, for the time that runs had it
  std::map<std::vector<std::string>, FootprintSum> x_groups;  // by values, "" for none
  std::map<std::vector<std::string>, size_t> x_group_runs;  // with those of which nothing is known
  std::vector<std::string> x_final_by, x_final_ids;
};

}  // namespace cairn::server
