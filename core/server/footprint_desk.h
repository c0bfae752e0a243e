// FootprintDesk: the tables, calibrations and settings by which the runs of one store are priced.
//
// Tables are those of the binary and, over them, STORE/data/*.csv and STORE/data/hourly/*.csv;
// machines that were compared with a wall meter stand in STORE/calibrations.json. Owned by the Door
// and used on its thread. Files are looked at again by refresh(), so that what one process takes in
// the others see; one that cannot be read is never a reason to answer with nothing: the tables of
// the binary stand in, and problem() says what is wrong.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "footprint/assess.h"
#include "footprint/tables.h"
#include "query/run_costs.h"
#include "server/call.h"

namespace cairn::server {

// What the environment says of this machine: CAIRN_ZONE, CAIRN_PROVIDER, CAIRN_PUE,
// CAIRN_PRICE_PER_KWH ("0.25 EUR"), CAIRN_IDLE.
Result<footprint::Place> place_of_environment();

class FootprintDesk : public query::RunCosts {
 public:
  FootprintDesk(Disk& disk, std::string dir);

  void refresh();
  // Another one: runs may cost something else from now on.
  uint64_t revision() const { return x_revision; }
  // Why the files of this store are not in use.
  const std::optional<Error>& problem() const { return x_problem; }
  const footprint::Tables& tables() const { return *x_tables; }
  const std::vector<footprint::Calibration>& calibrations() const { return x_calibrations; }

  // `wanted` goes before what the run says of its place, and that before the environment. Only an
  // unknown zone that was asked for is an error: one that a run or the environment names is noted,
  // and taken for no zone.
  Result<std::optional<footprint::Footprint>> assess(const footprint::RunEnergy& run,
                                                     const footprint::Place& wanted) const;
  footprint::Place place_of(const model::Value& meta, const footprint::Place& wanted) const;

  model::Value summarise(const Run& run) const override;
  Terms energy_terms(const model::Value& meta) const override;

  // Checks a table as it would stand with all others, and keeps it. `zone`: of an hourly series
  // that names none. Invalid or Corrupt with the line; then nothing is changed.
  Result<footprint::TableInfo> add_table(const std::string& file, const std::string& text,
                                         const std::string& zone);
  // In place of what is known of that machine.
  Result<void> keep(const footprint::Calibration& calibration);

 private:
  struct Source {  // a file, as it was when it was read
    std::string path;
    uint64_t bytes = 0;
    int64_t modified_ns = 0;

    bool operator==(const Source&) const = default;
  };
  std::vector<Source> list_sources() const;
  Result<void> load();
  Result<std::shared_ptr<const footprint::Tables>> parse_with(
      const std::vector<Source>& sources, const std::optional<footprint::TableText>& more) const;
  Result<void> check_with(const std::string& path, const std::string& content) const;

  Disk& x_disk;
  const std::string x_dir;
  footprint::Place x_house;                      // of the environment
  std::optional<std::vector<Source>> x_sources;  // nothing: never looked at
  uint64_t x_revision = 0;
  std::shared_ptr<const footprint::Tables> x_tables;
  std::vector<footprint::Calibration> x_calibrations;
  std::optional<Error> x_problem;
};

// A request that needs tables and no store.
struct FootprintCall : Ask {
  FootprintDesk& desk;
};

// What of a run its footprint is told from.
footprint::RunEnergy energy_of(const model::Value& meta, int64_t began_ns,
                               std::optional<double> ran_s);

}  // namespace cairn::server
