// The golden of energy records: what version 1 wrote is read for ever (docs/formats/energy.md).
#include <gtest/gtest.h>

#include <filesystem>

#include "base/disk.h"
#include "model/energy.h"
#include "wire/json.h"

namespace cairn::wire {
namespace {

TEST(EnergyGolden, AWriterOfVersionOneIsReadAndSaidTheSame) {
  const auto path = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() /
                    "tests" / "golden" / "energy_v1.json";
  const auto golden = read_file(posix_disk(), path.string(), 1 << 20);
  ASSERT_TRUE(golden) << golden.error().message();
  const auto value = parse_json(*golden);
  ASSERT_TRUE(value) << value.error().message();
  const auto record = model::parse_energy_record(*value);
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(record->machine.threads, 384);
  EXPECT_TRUE(record->machine.is_virtual);
  EXPECT_EQ(record->watched_s, 59.5);
  ASSERT_EQ(record->sensors.size(), 2u);
  EXPECT_EQ(record->sensors[0].part, model::EnergyPart::kGpu);
  EXPECT_EQ(record->sensors[0].share, model::EnergyShare::kBusyTime);
  EXPECT_EQ(record->sensors[0].other_j, 19990.25);
  EXPECT_EQ(record->sensors[1].resets, 0);
  ASSERT_EQ(record->unmeasured.size(), 1u);
  EXPECT_EQ(record->unmeasured[0].busy_s, 7.25);
  EXPECT_EQ(to_value(*record), *value);
}

}  // namespace
}  // namespace cairn::wire
