// Checklist: what conferences ask of a paper with experiments, answered from what was recorded.
//
// Pure. The items are those of the reproducibility checklists of NeurIPS and EMNLP that a record of
// runs can answer (Pineau et al. 2021; Dodge et al. 2019). What was not recorded is said to be so,
// and what would record it; it is never made up.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/accounts.h"
#include "report/expected.h"
#include "report/sensitivity.h"

namespace cairn::report {

// How a sweep searched.
struct SearchFacts {
  std::string id, name, method, stopping;  // stopping: empty: none
  uint64_t seed = 0;
  std::optional<uint64_t> trials;  // its budget
};

struct ChecklistItem {
  std::string id;        // "hyperparameter_bounds"
  std::string question;  // "The bounds of each hyperparameter"
  std::string answer;    // empty: not recorded
  bool is_partial = false;
  std::string advice;  // how it would be recorded
};

struct ChecklistFacts {
  std::span<const CardRun> runs;
  const Accounts& accounts;
  std::span<const surrogate::Column> columns;  // what was varied, and within which bounds
  const Sensitivity& sensitivity;
  const Expected& expected;
  std::span<const SearchFacts> searches;
  const std::string& metric;
};
std::vector<ChecklistItem> fill_checklist(const ChecklistFacts& facts);
model::Value to_value(std::span<const ChecklistItem> checklist);

std::string print_bounds(const surrogate::Column& column);  // "1e-4 to 0.1, log", "adam, sgd"

}  // namespace cairn::report
