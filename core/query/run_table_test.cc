// Rules of the run table: which runs a filter means, in which order, and what they cost.
#include "query/run_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "base/limits.h"

namespace cairn::query {
namespace {

using Strings = std::vector<std::string>;
using model::List;
using model::Value;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr int64_t kTwo53 = int64_t{1} << 53;
constexpr int64_t kHour = 3'600'000'000'000;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kNow = 20484 * kDay;  // 2026-01-31

class RunTableTest : public testing::Test {
 protected:
  template <typename T>
  void given(const char* run, const char* column, const T& value) {
    x_table.set(x_table.row(run), x_table.column(column), value);
  }
  void given_time(const char* run, const char* column, int64_t time_ns) {
    x_table.set_time(x_table.row(run), x_table.column(column), time_ns);
  }
  void given_duration(const char* run, const char* column, int64_t duration_ns) {
    x_table.set_duration(x_table.row(run), x_table.column(column), duration_ns);
  }
  void given_tags(const char* run, const std::vector<std::string>& tags) {
    x_table.set_list(x_table.row(run), x_table.column("tags"), tags);
  }

  RunTable::Page page(const std::string& filter, const std::string& sort = "", size_t offset = 0,
                      size_t limit = 50) {
    const auto result = x_table.select({filter, parse_sort(sort).value(), offset, limit, kNow});
    EXPECT_TRUE(result) << result.error().message();
    return result ? *result : RunTable::Page{};
  }
  // The ids of the runs that a filter means, in order.
  std::string runs(const std::string& filter, const std::string& sort = "", size_t offset = 0,
                   size_t limit = 50) {
    std::string out;
    for (const RunTable::Row row : page(filter, sort, offset, limit).rows) out += id(row);
    return out;
  }
  std::string id(RunTable::Row row) {
    for (const char* run : {"a", "b", "c", "d", "e", "f"})
      if (x_table.find(run) == row) return run;
    return "?";
  }

  RunTable x_table;
};

TEST_F(RunTableTest, WithoutAFilterAllRunsComeInOrderOfArrival) {
  for (const char* run : {"b", "a", "c"}) x_table.row(run);
  EXPECT_EQ(runs(""), "bac");
  EXPECT_EQ(runs("", "", 1, 1), "a");
  EXPECT_EQ(page("", "", 1, 1).total, 3u);
  EXPECT_EQ(runs("", "", 3), "");
}

TEST_F(RunTableTest, NumbersCompareAcrossWholeAndFloat) {
  given("a", "config.x", 1);
  given("b", "config.x", 1.0);
  given("c", "config.x", 1.5);
  given("d", "config.x", 2);
  given("e", "config.x", -kInf);
  EXPECT_EQ(runs("config.x = 1"), "ab");
  EXPECT_EQ(runs("config.x = 1.0"), "ab");
  EXPECT_EQ(runs("config.x != 1"), "cde");
  EXPECT_EQ(runs("config.x < 1.5"), "abe");
  EXPECT_EQ(runs("config.x <= 1.5"), "abce");
  EXPECT_EQ(runs("config.x > 1.2"), "cd");
  EXPECT_EQ(runs("config.x >= 1.5"), "cd");
  EXPECT_EQ(runs("config.x < -1e300"), "e");
  EXPECT_EQ(runs("config.x < -inf"), "");
  EXPECT_EQ(runs("config.x <= -inf"), "e");
  EXPECT_EQ(runs("config.x < inf"), "abcde");
  EXPECT_EQ(runs("config.x in (1, 2.0)"), "abd");
  EXPECT_EQ(runs("config.x not in (1, 2.0)"), "ce");
}

TEST_F(RunTableTest, WholeNumbersBeyondFiftyThreeBitsAreExact) {
  given("a", "config.seed", kTwo53);
  given("b", "config.seed", kTwo53 + 1);
  given("c", "config.seed", static_cast<double>(kTwo53));
  given("d", "config.seed", std::numeric_limits<int64_t>::max());
  given("e", "config.seed", 0x1p63);
  EXPECT_EQ(runs("config.seed = 9007199254740993"), "b");
  EXPECT_EQ(runs("config.seed < 9007199254740993"), "ac");
  EXPECT_EQ(runs("config.seed = 9007199254740992.0"), "ac");
  EXPECT_EQ(runs("config.seed > 9007199254740992.0"), "bde");
  EXPECT_EQ(runs("config.seed = 9223372036854775807"), "d");
  EXPECT_EQ(runs("config.seed > 9223372036854775807"), "e");
  EXPECT_EQ(runs("config.seed >= 9223372036854775808"), "e");
  EXPECT_EQ(runs("", "-config.seed"), "edbac");
}

TEST_F(RunTableTest, AnAbsentValueMeetsNoComparisonNotEvenUnequal) {
  given("a", "config.x", 1);
  given("b", "config.x", 2);
  x_table.row("c");
  EXPECT_EQ(runs("config.x != 1"), "b");
  EXPECT_EQ(runs("not (config.x = 1)"), "bc");
  EXPECT_EQ(runs("config.x not in (1)"), "b");
  EXPECT_EQ(runs("config.x is null"), "c");
  EXPECT_EQ(runs("config.x is not null"), "ab");
  given("a", "config.x", Value());
  EXPECT_EQ(runs("config.x is null"), "ac");
}

TEST_F(RunTableTest, NanIsUnequalToEverythingAndIsNan) {
  given("a", "summary.loss", kNan);
  given("b", "summary.loss", 1.0);
  given("c", "summary.loss", "diverged");
  x_table.row("d");
  EXPECT_EQ(runs("summary.loss < inf or summary.loss >= -inf"), "b");
  EXPECT_EQ(runs("summary.loss != 1"), "a");
  EXPECT_EQ(runs("summary.loss is nan"), "a");
  EXPECT_EQ(runs("summary.loss is not nan"), "bc");
}

TEST_F(RunTableTest, AValueOfAnotherTypeDoesNotMatchAndIsCounted) {
  given("a", "config.lr", 0.1);
  given("b", "config.lr", "auto");
  given("c", "config.lr", true);
  const RunTable::Page page = this->page("config.lr != 0.2");
  EXPECT_EQ(page.rows, std::vector<RunTable::Row>{0});
  EXPECT_EQ(page.type_mismatches, 2u);
  EXPECT_EQ(
      page.warnings,
      (Strings{"2 runs are no match for \"config.lr != 0.2\": the value is of another type"}));
  EXPECT_EQ(runs("config.lr = true"), "c");
  EXPECT_EQ(runs("config.lr = 'auto'"), "b");
  EXPECT_EQ(this->page("config.lr is not null").type_mismatches, 0u);
}

TEST_F(RunTableTest, TextIsComparedSearchedAndMatched) {
  given("a", "name", "quiet-ridge-1");
  given("b", "name", "loud-ridge-2");
  given("c", "name", "Quiet");
  EXPECT_EQ(runs("name = quiet-ridge-1"), "a");
  EXPECT_EQ(runs("name < 'm'"), "bc");
  EXPECT_EQ(runs("name contains ridge"), "ab");
  EXPECT_EQ(runs("'ridge' not in name"), "c");
  EXPECT_EQ(runs("name ~ '(?i)^quiet'"), "ac");
  EXPECT_EQ(runs("name !~ '\\d$'"), "c");
  EXPECT_EQ(runs("name in ('Quiet', 'nobody')"), "c");
}

TEST_F(RunTableTest, TagsAreMembershipAndNoTagsIsAnEmptyList) {
  given_tags("a", {"best", "gpu"});
  given_tags("b", {"gpu"});
  x_table.row("c");
  EXPECT_EQ(runs("tags = best"), "a");
  EXPECT_EQ(runs("'gpu' in tags"), "ab");
  EXPECT_EQ(runs("tags != 'best'"), "bc");
  EXPECT_EQ(runs("tags in (best, old)"), "a");
  EXPECT_EQ(runs("tags not in (best, old)"), "bc");
  EXPECT_EQ(runs("tags ~ '^g'"), "ab");
  EXPECT_EQ(runs("tags is null"), "c");
}

TEST_F(RunTableTest, ListsAreSearchedByTheTypeOfTheirMembers) {
  given("a", "config.layers", Value(List{Value(64), Value(32.0)}));
  given("b", "config.layers", Value(List{Value("64"), Value(true), Value(List{})}));
  given("c", "config.layers", 64);
  EXPECT_EQ(runs("64 in config.layers"), "a");
  EXPECT_EQ(runs("32 in config.layers"), "a");
  EXPECT_EQ(runs("'64' in config.layers"), "b");
  EXPECT_EQ(runs("true in config.layers"), "b");
  EXPECT_EQ(page("64 in config.layers").type_mismatches, 1u);
}

TEST_F(RunTableTest, DatesCoverTheirDayAndAgesCountFromNow) {
  given_time("a", "created", kNow - 1);
  given_time("b", "created", kNow);
  given_time("c", "created", kNow + kDay - 1);
  given_time("d", "created", kNow + kDay);
  EXPECT_EQ(runs("created = 2026-01-31"), "bc");
  EXPECT_EQ(runs("created != 2026-01-31"), "ad");
  EXPECT_EQ(runs("created > '2026-01-31'"), "d");
  EXPECT_EQ(runs("created >= 2026-01-31"), "bcd");
  EXPECT_EQ(runs("created <= 2026-01-31"), "abc");
  EXPECT_EQ(runs("created < 2026-01-31T00:00"), "a");
  EXPECT_EQ(runs("created in (2026-01-30, 2026-01-31T00:00, 2026-02-01)"), "abd");
  EXPECT_EQ(runs("created > -1s"), "abcd");
  EXPECT_EQ(runs("created > now"), "cd");
  EXPECT_EQ(runs("created >= now + 1d"), "d");
}

TEST_F(RunTableTest, DurationsCompareWithDurations) {
  given_duration("a", "duration", 2 * kHour);
  given_duration("b", "duration", kHour);
  EXPECT_EQ(runs("duration > 1h30m"), "a");
  EXPECT_EQ(runs("duration = 60m"), "b");
}

TEST_F(RunTableTest, TermsCombine) {
  given("a", "config.x", 1);
  given("b", "config.x", 2);
  given("c", "config.x", 3);
  given("c", "state", "failed");
  EXPECT_EQ(runs("config.x > 1 and not state = failed"), "b");
  EXPECT_EQ(runs("config.x = 1 or state = failed"), "ac");
  EXPECT_EQ(runs("not (config.x = 1 or state = failed)"), "b");
}

TEST_F(RunTableTest, AFieldThatNoRunHasIsNamedWithASuggestion) {
  given("a", "config.learning_rate", 0.1);
  given("a", "summary.acc", 0.9);
  const RunTable::Page page =
      this->page("config.learning_rte > 0 and config.acc > 0", "-summary.zzz");
  EXPECT_EQ(page.unknown_fields, (Strings{"config.learning_rte", "config.acc", "summary.zzz"}));
  EXPECT_EQ(
      page.warnings,
      (Strings{"no run has config.learning_rte; did you mean config.learning_rate?",
               "no run has config.acc; did you mean summary.acc?", "no run has summary.zzz"}));
  EXPECT_EQ(this->page("notes = x").warnings, Strings{});
  EXPECT_EQ(RunTable().select({"config.x = 1", {}, 0, 50, 0})->warnings, Strings{});
}

TEST_F(RunTableTest, AbsentAndNanAreLastInBothDirectionsAndTiesKeepTheirOrder) {
  given("a", "summary.x", kNan);
  given("b", "summary.x", 2.0);
  x_table.row("c");
  given("d", "summary.x", 1);
  given("e", "summary.x", 2);
  EXPECT_EQ(runs("", "summary.x"), "dbeac");
  EXPECT_EQ(runs("", "-summary.x"), "bedac");
  EXPECT_EQ(runs("", "-summary.x", 1, 2), "ed");
  EXPECT_EQ(runs("", "summary.unknown"), "abcde");
}

TEST_F(RunTableTest, TheNextKeyDecidesTies) {
  given("a", "state", "finished");
  given("b", "state", "crashed");
  given("c", "state", "finished");
  given("a", "config.x", 1);
  given("c", "config.x", 2);
  EXPECT_EQ(runs("", "state,-config.x"), "bca");
  EXPECT_EQ(runs("", "-state,config.x"), "acb");
}

TEST_F(RunTableTest, MixedKindsHaveOneOrder) {
  given("a", "config.x", "text");
  given("b", "config.x", 5);
  given("c", "config.x", true);
  given("d", "config.x", Value(List{Value(1)}));
  EXPECT_EQ(runs("", "config.x"), "cbad");
  EXPECT_EQ(runs("", "-config.x"), "dabc");
}

TEST_F(RunTableTest, AnErasedRunIsGoneAndItsRowIsNotUsedAgain) {
  given("a", "config.x", 1);
  given("b", "config.x", 1);
  x_table.erase(*x_table.find("a"));
  EXPECT_FALSE(x_table.find("a"));
  EXPECT_EQ(x_table.size(), 1u);
  EXPECT_EQ(x_table.rows(), std::vector<RunTable::Row>{1});
  EXPECT_EQ(runs("not config.x = 2"), "b");
  EXPECT_EQ(runs("config.x is null"), "");
  given("a", "config.x", 1);
  EXPECT_EQ(runs("config.x = 1"), "ba");
}

TEST_F(RunTableTest, AClearedRowKeepsItsPlaceOnly) {
  given("a", "config.x", 1);
  given("b", "config.x", 1);
  x_table.clear_row(*x_table.find("a"));
  EXPECT_EQ(runs("config.x = 1"), "b");
  EXPECT_EQ(runs(""), "ab");
  EXPECT_TRUE(x_table.value(0, 0).is_null());
}

TEST_F(RunTableTest, ValuesComeBackAsTheyWere) {
  const Value tree(List{Value(1), Value(kNan), Value("x"), Value(),
                        Value(model::Object{{"k", Value(List{})}, {"f", Value(false)}})});
  for (const Value& value : {Value(true), Value(kTwo53 + 1), Value(-0.0), Value("a\0b"), tree}) {
    given("a", "config.x", value);
    EXPECT_EQ(x_table.value(0, 0), value);
  }
}

TEST_F(RunTableTest, ColumnsSayWhatTheyHold) {
  given("a", "config.x", 1);
  given("b", "config.x", "one");
  given_time("a", "created", 5);
  given_tags("b", {"t"});
  x_table.column("config.never");
  const auto columns = x_table.columns();
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[0].name, "config.x");
  EXPECT_EQ(columns[0].ints, 1u);
  EXPECT_EQ(columns[0].texts, 1u);
  EXPECT_EQ(columns[0].runs(), 2u);
  EXPECT_EQ(columns[1].times, 1u);
  EXPECT_EQ(columns[2].lists, 1u);
}

TEST_F(RunTableTest, APageHasALimit) {
  EXPECT_EQ(x_table.select({"", {}, 0, kPageRunsMax + 1, 0}).error().code(), Code::kLimit);
  EXPECT_EQ(x_table.select({"name =", {}, 0, 1, 0}).error().code(), Code::kInvalid);
}

TEST_F(RunTableTest, GroupsCountAndMeasure) {
  given("a", "config.opt", "sgd");
  given("b", "config.opt", "adam");
  given("c", "config.opt", "sgd");
  x_table.row("d");
  given("a", "summary.acc", 1);
  given("c", "summary.acc", 2.0);
  given("b", "summary.acc", kNan);
  given("d", "summary.acc", "none");
  const auto groups = x_table.group({"", {"config.opt"}, {"summary.acc"}, kNow}).value();
  EXPECT_EQ(groups.total, 4u);
  ASSERT_EQ(groups.groups.size(), 3u);
  EXPECT_EQ(groups.groups[0].key.front(), Value("adam"));
  EXPECT_EQ(groups.groups[0].measures[0].count, 0u);
  EXPECT_TRUE(std::isnan(groups.groups[0].measures[0].mean));
  EXPECT_EQ(groups.groups[1].key.front(), Value("sgd"));
  EXPECT_EQ(groups.groups[1].runs, 2u);
  EXPECT_EQ(groups.groups[1].measures[0].mean, 1.5);
  EXPECT_EQ(groups.groups[1].measures[0].min, 1);
  EXPECT_EQ(groups.groups[1].measures[0].max, 2);
  EXPECT_TRUE(groups.groups[2].key.front().is_null());
}

TEST_F(RunTableTest, GroupsTakeEqualNumbersTogether) {
  given("a", "config.x", 1);
  given("b", "config.x", 1.0);
  given("c", "config.x", -0.0);
  given("d", "config.x", 0);
  given("e", "config.x", kNan);
  given("f", "config.x", -kNan);
  const auto groups = x_table.group({"", {"config.x", "state"}, {}, kNow}).value();
  ASSERT_EQ(groups.groups.size(), 3u);
  for (const auto& group : groups.groups) EXPECT_EQ(group.runs, 2u);
  EXPECT_FALSE(x_table.group({"", {}, {}, 0}));
  EXPECT_FALSE(x_table.group({"", {"a", "b", "c", "d"}, {}, 0}));
}

// --- many runs

// What a sort by one column means, said as plainly as possible.
bool comes_before(const Value& a, const Value& b, bool descending) {
  const auto rank = [](const Value& v) { return v.as_string() ? 1 : 0; };
  const auto last = [](const Value& v) {
    return v.is_null() || (v.as_double() && std::isnan(*v.as_double()));
  };
  if (last(a) || last(b)) return !last(a) && last(b);
  const Value& low = descending ? b : a;
  const Value& high = descending ? a : b;
  if (rank(low) != rank(high)) return rank(low) < rank(high);
  if (low.as_string()) return *low.as_string() < *high.as_string();
  return low.number_or(0) < high.number_or(0);
}

TEST(RunTableAtScale, APageIsAPieceOfTheFullSort) {
  std::mt19937_64 random(7);
  RunTable table;
  constexpr size_t kRuns = 5000;
  const auto often = table.column("config.often"), rare = table.column("config.rare");
  std::vector<RunTable::Row> rows;
  for (size_t i = 0; i < kRuns; ++i) {
    rows.push_back(table.row(std::to_string(i)));
    switch (random() % 5) {
      case 0:
        table.set(rows[i], often, static_cast<int64_t>(random() % 50));
        break;
      case 1:
        table.set(rows[i], often, static_cast<double>(random() % 500) / 10);
        break;
      case 2:
        table.set(rows[i], often, "long text " + std::to_string(random() % 3000));
        break;
      case 3:
        table.set(rows[i], often, kNan);
        break;
      default:
        break;
    }
    if (random() % 20 == 0) table.set(rows[i], rare, static_cast<int64_t>(random() % 4));
  }
  for (const auto column : {often, rare}) {
    for (const bool descending : {false, true}) {
      std::vector<RunTable::Row> expected = rows;
      std::stable_sort(expected.begin(), expected.end(), [&](auto a, auto b) {
        return comes_before(table.value(a, column), table.value(b, column), descending);
      });
      for (const size_t limit : {size_t{1}, size_t{50}, size_t{1700}, kRuns}) {
        std::vector<RunTable::Row> paged;
        for (size_t offset = 0; offset < std::min<size_t>(kRuns, 5 * limit); offset += limit) {
          const auto page =
              table.select({"", {{std::string(table.name(column)), descending}}, offset, limit, 0});
          paged.insert(paged.end(), page->rows.begin(), page->rows.end());
        }
        ASSERT_TRUE(std::equal(paged.begin(), paged.end(), expected.begin())) << limit;
      }
    }
  }
}

// Sparse, dense and back: a column is the same whatever way its cells came.
TEST(RunTableAtScale, StorageNeverChangesTheAnswer) {
  std::mt19937_64 random(11);
  RunTable table;
  constexpr size_t kRuns = 3000;
  for (size_t i = 0; i < kRuns; ++i) table.row(std::to_string(i));
  const auto column = table.column("config.x");
  std::vector<std::optional<int64_t>> expected(kRuns);
  for (int round = 0; round < 40; ++round) {
    const size_t step = 1 + random() % 60;  // thick and thin rounds
    const bool erase = random() % 3 == 0;
    for (size_t i = random() % 50; i < kRuns; i += step) {
      const auto row = static_cast<RunTable::Row>(random() % 2 ? i : kRuns - 1 - i);
      const auto value = static_cast<int64_t>(random() % 100);
      expected[row] = erase ? std::nullopt : std::optional(value);
      table.set(row, column, erase ? Value() : Value(value));
    }
    std::vector<RunTable::Row> above, absent;
    for (RunTable::Row row = 0; row < kRuns; ++row) {
      if (expected[row] > 50) above.push_back(row);
      if (!expected[row]) absent.push_back(row);
      ASSERT_EQ(table.value(row, column), expected[row] ? Value(*expected[row]) : Value());
    }
    ASSERT_EQ(table.select({"config.x > 50", {}, 0, kRuns, 0})->rows, above);
    ASSERT_EQ(table.select({"config.x is null", {}, 0, kRuns, 0})->rows, absent);
  }
}

TEST(RunTableAtScale, KeysThatOneRunHasCostOneCell) {
  RunTable table;
  constexpr size_t kRuns = 20'000;
  for (size_t i = 0; i < kRuns; ++i) {
    const auto row = table.row(std::to_string(i));
    for (int k = 0; k < 2; ++k)
      table.set(row, table.column("summary.k" + std::to_string(2 * i + static_cast<size_t>(k))),
                1.0);
  }
  EXPECT_LT(table.memory_bytes(), kRuns * 1000);  // dense it would be 7 GB
  EXPECT_EQ(table.select({"summary.k39999 = 1", {}, 0, 10, 0})->total, 1u);
}

TEST(RunTableAtScale, AKeyThatEarlyRunsHadGoesSparseWhenLaterOnesAppear) {
  RunTable table;
  const auto column = table.column("summary.old");
  const size_t empty = table.memory_bytes();
  for (size_t i = 0; i < 100'000; ++i) {
    const auto row = table.row(std::to_string(i));
    if (i < 100 || i == 99'999) table.set(row, column, 1.0);
  }
  RunTable names_only;
  for (size_t i = 0; i < 100'000; ++i) names_only.row(std::to_string(i));
  EXPECT_LT(table.memory_bytes() - names_only.memory_bytes(), empty + 10'000);
  EXPECT_EQ(table.select({"summary.old = 1", {}, 0, 10, 0})->total, 101u);
}

TEST(RunTableAtScale, TextsOfRefreshedRunsAreForgotten) {
  RunTable table;
  const auto row = table.row("a");
  const auto column = table.column("summary.note");
  for (int i = 0; i < 200'000; ++i) table.set(row, column, "note " + std::to_string(i));
  EXPECT_LT(table.memory_bytes(), 200'000u);
  EXPECT_EQ(table.value(row, column), Value("note 199999"));
  EXPECT_EQ(table.select({"summary.note ~ '199999$'", {}, 0, 10, 0})->total, 1u);
}

}  // namespace
}  // namespace cairn::query
