// SearchTable: the runs of a search as the forests of a sensitivity analysis see them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/sensitivity.h"
#include "surrogate/features.h"
#include "surrogate/matrix.h"
#include "surrogate/noise.h"

namespace cairn::report {

// A value; owned by one analysis.
struct SearchTable {
  surrogate::Features features;
  surrogate::Matrix x;           // one row per run with a result
  std::vector<double> results;   // as the metric is, diverged runs as the worst
  std::vector<double> y;         // on the scale that was asked for, capped for a view of the top
  std::vector<uint32_t> groups;  // by run: its configuration, 0, 1, ...
  size_t configurations = 0;
  // By run: what is drawn with it, or left out. Mostly its configuration, so that a model is asked
  // about configurations it has not seen. Where all combinations of few values were tried there are
  // no others to ask about, and every run stands for itself.
  std::vector<uint32_t> units;
  size_t unit_count = 0;
  size_t without_result = 0, diverged = 0;

  size_t rows() const { return y.size(); }
  const std::vector<surrogate::Column>& columns() const { return features.columns(); }
};

SearchTable make_table(const SearchRuns& runs, const SensitivityOptions& options);

// A row of the configuration with the best mean result.
size_t best_row(const SearchTable& table, bool is_maximized);
// The values of y by configuration.
std::vector<std::vector<double>> replicates_of(const SearchTable& table);

size_t distinct_values(const SearchTable& table, size_t column);
Tried how_tried(const SearchTable& table, size_t column);
// "'depth' and 'width' always change together: ...", one for each such pair.
std::vector<std::string> confounded(const SearchTable& table);

}  // namespace cairn::report
