// Tests of what the page asks for: series on every axis, bands, groups, keys, columns, views.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "auth/identity.h"
#include "base/clock.h"
#include "base/limits.h"
#include "server/columns.h"
#include "server/footprint_desk.h"
#include "server/router.h"
#include "server/target.h"
#include "store/testing/filled_store.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

using model::List;
using model::Object;
using model::Value;
using store::FilledStore;

constexpr int64_t kBeganNs = 1'700'000'000 * kNsPerSecond;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

class ChartsTest : public testing::Test {
 protected:
  // A run of `rows` steps with loss = 1 / (step + 1) and acc = step, one row a second.
  void given(const std::string& id, size_t rows, Object config = {}) {
    x_store.begin(id, 1, Object{{"name", "name of " + id}, {"config", std::move(config)}});
    std::vector<int64_t> steps, times_ns;
    std::vector<double> loss, acc;
    for (size_t i = 0; i < rows; ++i) {
      steps.push_back(static_cast<int64_t>(i));
      times_ns.push_back(kBeganNs + static_cast<int64_t>(i) * kNsPerSecond);
      loss.push_back(1 / (1 + static_cast<double>(i)));
      acc.push_back(static_cast<double>(i));
    }
    x_store.add_rows(id, {{"loss", "acc"}, model::Stream::kHistory, steps, times_ns, {loss, acc}});
  }

  Response call(const std::string& method, const std::string& target,
                const std::string& body = "") {
    Request request;
    request.method = method;
    request.who = auth::local_admin();
    EXPECT_TRUE(parse_target("/api/v1/projects/digits" + target, request)) << target;
    request.body = body;
    return x_router.handle(request);
  }
  Value ask(const std::string& method, const std::string& target, const std::string& body = "") {
    const Response response = call(method, target, body);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return wire::parse_json(response.body).value_or(Value());
  }
  Value get(const std::string& target) { return ask("GET", target); }
  int status(const std::string& method, const std::string& target, const std::string& body = "") {
    return call(method, target, body).status;
  }
  std::string series_bytes(const std::string& body) {
    const Response response = call("POST", "/series", body);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.content_type, kColumnsContentType);
    return response.body;
  }
  Columns series(const std::string& body) {
    auto columns = decode_columns(series_bytes(body));
    EXPECT_TRUE(columns);
    return columns ? *columns : Columns();
  }
  static query::Buckets buckets(const Columns& columns, size_t at = 0) {
    EXPECT_LT(at, columns.series.size());
    return at < columns.series.size() ? std::get<query::Buckets>(columns.series[at].data)
                                      : query::Buckets();
  }
  // What the JSON of an answer says of one column.
  static Value column(const std::string& bytes, size_t series, std::string_view name) {
    uint32_t json_bytes = 0;
    std::memcpy(&json_bytes, bytes.data() + 8, sizeof json_bytes);
    const auto about = wire::parse_json(std::string_view(bytes).substr(16, json_bytes));
    EXPECT_TRUE(about);
    const Value& one = (*about->find("series")->as_list())[series];
    for (const Value& column : *one.find("columns")->as_list())
      if (column.find("name")->string_or("") == name) return column;
    return {};
  }
  static const Value& at(const Value& value, const std::string& path) {
    static const Value absent("absent");
    const Value* found = find_path(value, path);
    return found ? *found : absent;
  }
  static const List& list(const Value& value, const std::string& member) {
    static const List none;
    const List* found = at(value, member).as_list();
    return found ? *found : none;
  }
  static std::vector<std::string> texts(const Value& value, const std::string& member,
                                        const std::string& of) {
    std::vector<std::string> found;
    for (const Value& item : list(value, member)) found.emplace_back(at(item, of).string_or(""));
    return found;
  }
  using Names = std::vector<std::string>;

  FilledStore x_store;
  ingest::Ingest x_ingest{posix_disk(), *x_store};
  query::Catalog x_catalog{*x_store};
  blobs::Blobs x_blobs{posix_disk(), x_store->layout().blobs()};
  Leases x_leases{posix_disk(), x_store->layout().leases()};
  trials::Watch x_sweeps{posix_disk(), x_store.root() + "/sweeps.db"};
  FootprintDesk x_footprints{posix_disk(), x_store.root()};
  Router x_router{
      {posix_disk(), *x_store, x_ingest, x_catalog, x_blobs, x_leases, x_sweeps, x_footprints}};
};

// --- series

TEST_F(ChartsTest, EqualColumnsAreSentOnce) {
  given("a", 100);
  given("b", 100);
  const std::string bytes =
      series_bytes(R"({"runs": ["a", "b"], "keys": ["loss", "acc"], "buckets": 10})");
  const Value x = *column(bytes, 0, "x").find("offset");
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ(*column(bytes, i, "x").find("offset"), x) << i;
  EXPECT_EQ(*column(bytes, 1, "min").find("offset"), *column(bytes, 3, "min").find("offset"));
  EXPECT_NE(*column(bytes, 0, "min").find("offset"), *column(bytes, 1, "min").find("offset"));
  const auto columns = decode_columns(bytes);
  ASSERT_TRUE(columns);
  EXPECT_EQ(buckets(*columns, 3).x, buckets(*columns, 0).x);
  EXPECT_EQ(buckets(*columns, 3).max.back(), 99);
}

TEST_F(ChartsTest, Float32IsForValuesNotForTheAxis) {
  given("a", 100);
  const std::string body = R"({"runs": ["a"], "keys": ["loss"], "buckets": 100, "axis": "time")";
  const std::string small = series_bytes(body + R"(, "precision": "f32"})");
  EXPECT_EQ(column(small, 0, "x").find("type")->string_or(""), "f64");
  EXPECT_EQ(column(small, 0, "mean").find("type")->string_or(""), "f32");
  const Columns rounded = *decode_columns(small), whole = series(body + "}");
  EXPECT_EQ(buckets(rounded).x, buckets(whole).x);
  EXPECT_EQ(buckets(rounded).mean[2], static_cast<double>(static_cast<float>(1.0 / 3)));
  EXPECT_EQ(buckets(whole).mean[2], 1.0 / 3);
}

TEST_F(ChartsTest, OnlyTheColumnsAskedForAreSent) {
  given("a", 100);
  const std::string bytes =
      series_bytes(R"({"runs": ["a"], "keys": ["loss"], "buckets": 10, "columns": ["x", "max"]})");
  EXPECT_TRUE(column(bytes, 0, "min").is_null());
  const Columns columns = *decode_columns(bytes);
  EXPECT_EQ(buckets(columns).max.size(), 10u);
  EXPECT_TRUE(buckets(columns).min.empty());
  const Columns points = series(R"({"runs": ["a"], "keys": ["loss"], "columns": ["value"]})");
  EXPECT_EQ(std::get<model::Points>(points.series[0].data).value.size(), 100u);
}

TEST_F(ChartsTest, TheAxisMayBeSecondsOrAMetric) {
  given("a", 100);
  x_store.tell("a", model::RunBegan{Object{{"created_ns", kBeganNs}}});
  const Columns metric = series(
      R"({"runs": ["a"], "keys": ["loss"], "buckets": 5, "axis": "metric", "axis_key": "acc"})");
  EXPECT_EQ(buckets(metric).x, (std::vector<double>{19, 39, 59, 79, 99}));
  const Columns log =
      series(R"({"runs": ["a"], "keys": ["loss"], "buckets": 4, "log_x": true, "min": 1})");
  EXPECT_EQ(buckets(log).x, (std::vector<double>{3, 9, 31, 99}));
  EXPECT_EQ(buckets(log).count, (std::vector<uint32_t>{3, 6, 22, 68}));
}

TEST_F(ChartsTest, WhatCannotBeShownIsMissingWithAReason) {
  given("a", 3);
  const Columns columns =
      series(R"({"runs": ["a"], "keys": ["loss", "no"], "buckets": 5, "axis": "energy"})");
  ASSERT_EQ(columns.missing.size(), 2u);
  EXPECT_EQ(columns.missing[0].reason, "no energy was measured in this run");
  EXPECT_EQ(columns.missing[1].reason, "the run has no such key");
}

TEST_F(ChartsTest, AWrongChartIsRefusedWithASentence) {
  given("a", 3);
  const std::vector<std::pair<const char*, const char*>> wrong = {
      {R"("axis": "epoch", "buckets": 9)", "expected axis"},
      {R"("axis": "relative")", "expected buckets"},
      {R"("log_x": true)", "expected buckets"},
      {R"("log_x": 1, "buckets": 9)", "log_x"},
      {R"("axis": "metric", "buckets": 9)", "axis_key"},
      {R"("axis_key": "acc", "buckets": 9)", "axis_key"},
      {R"("precision": "f16", "buckets": 9)", "precision"},
      {R"("columns": ["x", "median"], "buckets": 9)", "median"},
      {R"("columns": "x", "buckets": 9)", "columns"},
      {R"("min": "low", "axis": "relative", "buckets": 9)", "min"},
      {R"("min": NaN, "axis": "relative", "buckets": 9)", "min"},
      {R"("buckets": 20001)", "buckets"}};
  for (const auto& [rest, why] : wrong) {
    const Response response =
        call("POST", "/series", fmt::format(R"({{"runs": ["a"], "keys": ["loss"], {}}})", rest));
    EXPECT_EQ(response.status, 400) << rest;
    EXPECT_TRUE(has(response.body, why)) << response.body;
  }
}

TEST_F(ChartsTest, AnAnswerThatWouldBeTooLargeIsRefused) {
  given("a", 3);
  std::string keys = "\"k\"";
  for (size_t i = 1; i <= kBucketsPerRequestMax / kSampleBucketsMax; ++i) keys += ", \"k\"";
  EXPECT_EQ(status("POST", "/series",
                   fmt::format(R"({{"runs": ["a"], "keys": [{}], "buckets": {}}})", keys,
                               kSampleBucketsMax)),
            413);
}

// --- bands

TEST_F(ChartsTest, BandsComeAsColumnsOfTheirGroups) {
  given("a", 10);
  given("b", 10);
  given("c", 20);
  const Response response = call(
      "POST", "/bands",
      R"({"groups": [{"name": "short", "runs": ["a", "b"]}, {"name": "long", "runs": ["name of c"]}],
          "keys": ["acc", "none"], "buckets": 20, "band": "minmax"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto columns = decode_columns(response.body);
  ASSERT_TRUE(columns) << columns.error().message();
  ASSERT_EQ(columns->series.size(), 2u);
  EXPECT_EQ(columns->series[0].run, "short");
  EXPECT_EQ(buckets(*columns, 0).count, std::vector<uint32_t>(10, 2));
  EXPECT_EQ(buckets(*columns, 1).x.size(), 20u);
  EXPECT_EQ(column(response.body, 1, "low").find("count")->int_or(0), 20);
  EXPECT_EQ(column(response.body, 1, "runs").find("type")->string_or(""), "u32");
  EXPECT_EQ(columns->missing.size(), 2u);
}

TEST_F(ChartsTest, AWrongBandIsRefused) {
  given("a", 3);
  for (const char* body :
       {R"({"keys": ["loss"]})", R"({"groups": [{"runs": ["a"]}], "keys": ["loss"]})",
        R"({"groups": [{"name": "g", "runs": "a"}], "keys": ["loss"]})",
        R"({"groups": [{"name": "g", "runs": ["a"]}], "keys": ["loss"], "band": "box"})",
        R"({"groups": ["g"], "keys": ["loss"]})"})
    EXPECT_EQ(status("POST", "/bands", body), 400) << body;
  EXPECT_EQ(status("POST", "/bands", R"({"groups": [{"name": "g", "runs": ["zz"]}], "keys": []})"),
            404);
}

// --- groups, columns, keys

TEST_F(ChartsTest, GroupsAreSortedPagedAndTellTheirRuns) {
  given("a", 1, {{"opt", "adam"}, {"lr", 0.1}});
  given("b", 2, {{"opt", "adam"}, {"lr", 0.3}});
  given("c", 3, {{"opt", "sgd"}});
  given("d", 4);
  const Value first =
      get("/groups?by=config.opt&columns=config.lr,summary.acc&sort=-max:summary.acc&limit=2");
  EXPECT_EQ(at(first, "total"), Value(3));
  EXPECT_EQ(at(first, "runs"), Value(4));
  ASSERT_EQ(list(first, "groups").size(), 2u);
  const Value& without = list(first, "groups")[0];
  EXPECT_EQ(list(without, "values"), List{Value()}) << "runs without a value are a group";
  EXPECT_EQ(at(without, "filter"), Value("config.opt is null"));
  EXPECT_TRUE(list(without, "cells")[0].is_null());
  const Value rest = get(
      "/groups?by=config.opt&columns=config.lr,summary.acc&sort=-max:summary.acc&limit=2&cursor=" +
      std::string(at(first, "next_cursor").string_or("")));
  ASSERT_EQ(list(rest, "groups").size(), 1u);
  EXPECT_TRUE(at(rest, "next_cursor").is_null());
  const Value& adam = list(rest, "groups")[0];
  EXPECT_EQ(at(adam, "runs"), Value(2));
  EXPECT_DOUBLE_EQ(at(list(adam, "cells")[0], "mean").number_or(0), 0.2);
  EXPECT_EQ(at(list(adam, "cells")[0], "count"), Value(2));
}

TEST_F(ChartsTest, GroupsNest) {
  given("a", 1, {{"opt", "adam"}, {"lr", 0.1}});
  given("b", 1, {{"opt", "adam"}, {"lr", 0.1}});
  given("c", 1, {{"opt", "adam"}, {"lr", 0.3}});
  const Value groups = get("/groups?by=config.opt,config.lr&filter=name+~+'of'");
  ASSERT_EQ(list(groups, "groups").size(), 2u);
  EXPECT_EQ(list(list(groups, "groups")[0], "values"), (List{"adam", 0.1}));
  EXPECT_EQ(at(list(groups, "groups")[0], "runs"), Value(2));
}

TEST_F(ChartsTest, AWrongGroupingIsRefused) {
  given("a", 1);
  for (const char* query : {"", "by=", "by=a,b,c,d", "by=name&sort=median:x", "by=name&limit=-1",
                            "by=name&filter=lr+>>"})
    EXPECT_EQ(status("GET", std::string("/groups?") + query), 400) << query;
}

TEST_F(ChartsTest, ColumnsAreSearchedAndPaged) {
  given("a", 1, {{"opt", "adam"}, {"optimizer_eps", 1e-8}, {"lr", 0.1}});
  const Value all = get("/columns");
  EXPECT_EQ(static_cast<size_t>(at(all, "total").int_or(0)), list(all, "columns").size());
  EXPECT_TRUE(at(all, "next_cursor").is_null());
  const Value found = get("/columns?search=^config.opt&limit=1");
  EXPECT_EQ(texts(found, "columns", "name"), Names{"config.opt"});
  EXPECT_EQ(at(found, "total"), Value(2));
  EXPECT_EQ(texts(get("/columns?search=^config.opt&limit=1&cursor=1"), "columns", "name"),
            Names{"config.optimizer_eps"});
  EXPECT_EQ(status("GET", "/columns?search=("), 400);
}

TEST_F(ChartsTest, KeysAreSearchedAndPaged) {
  given("a", 1);
  given("b", 1);
  x_store.add_rows("a", {{"cpu.percent"}, model::Stream::kSystem, {5}, {5}, {{1}}});
  const Value all = get("/keys");
  EXPECT_EQ(texts(all, "keys", "key"), (Names{"acc", "cpu.percent", "loss"}));
  EXPECT_EQ(at(list(all, "keys")[0], "runs"), Value(2));
  EXPECT_EQ(texts(get("/keys?stream=system"), "keys", "key"), Names{"cpu.percent"});
  EXPECT_EQ(texts(get("/keys?search=(?i)LOSS"), "keys", "key"), Names{"loss"});
  const Value page = get("/keys?limit=1&cursor=1");
  EXPECT_EQ(texts(page, "keys", "key"), Names{"cpu.percent"});
  EXPECT_EQ(at(page, "next_cursor"), Value("2"));
  EXPECT_EQ(status("GET", "/keys?search=["), 400);
  EXPECT_EQ(status("GET", "/keys?stream=both"), 400);
}

TEST_F(ChartsTest, StatisticsAreColumnsOfTheTable) {
  given("a", 5);
  given("b", 10);
  const Value page = get("/runs?columns=min:loss,last:acc&filter=min:loss+<+0.15&sort=-last:acc");
  ASSERT_EQ(list(page, "runs").size(), 1u);
  EXPECT_EQ(list(list(page, "runs")[0], "cells"), (List{0.1, 9.0}));
}

// --- archiving

TEST_F(ChartsTest, ArchivedRunsAreLeftOutWhenAskedFor) {
  given("a", 1);
  given("b", 1);
  EXPECT_EQ(at(ask("PATCH", "/runs/a", R"({"archived": true})"), "archived"), Value(true));
  EXPECT_EQ(texts(get("/runs"), "runs", "id"), (Names{"b", "a"}));
  EXPECT_EQ(texts(get("/runs?archived=0"), "runs", "id"), Names{"b"});
  EXPECT_EQ(texts(get("/runs?archived=1"), "runs", "id"), Names{"a"});
  EXPECT_EQ(at(get("/groups?by=name&archived=0"), "runs"), Value(1));
  EXPECT_EQ(at(ask("PATCH", "/runs/a", R"({"archived": false})"), "archived"), Value(false));
  EXPECT_EQ(texts(get("/runs?archived=1"), "runs", "id"), Names{});
  EXPECT_EQ(status("PATCH", "/runs/a", R"({"archived": "yes"})"), 400);
  EXPECT_EQ(status("GET", "/runs?archived=maybe"), 400);
}

// --- views

TEST_F(ChartsTest, ViewsAreKeptByName) {
  given("a", 1);
  EXPECT_EQ(list(get("/views"), "views").size(), 0u);
  ask("PUT", "/views/mine", R"({"state": "?sort=-loss"})");
  ask("PUT", "/views/a%20b%2Fc", R"({"state": "2"})");
  ask("PUT", "/views/mine", R"({"state": "3"})");
  EXPECT_EQ(texts(get("/views"), "views", "name"), (Names{"a b/c", "mine"}));
  EXPECT_EQ(texts(get("/views"), "views", "state"), (Names{"2", "3"}));
  EXPECT_GT(at(list(get("/views"), "views")[0], "updated_ns").int_or(0), kBeganNs);
  ask("DELETE", "/views/mine");
  EXPECT_EQ(texts(get("/views"), "views", "name"), Names{"a b/c"});
  EXPECT_EQ(status("DELETE", "/views/mine"), 404);
}

TEST_F(ChartsTest, AViewThatIsNoneIsRefused) {
  given("a", 1);
  EXPECT_EQ(status("PUT", "/views/x", R"({"state": 3})"), 400);
  EXPECT_EQ(status("PUT", "/views/x", "{}"), 400);
  EXPECT_EQ(status("PUT", "/views/%0A", R"({"state": ""})"), 400);
  EXPECT_EQ(status("PUT", "/views/" + std::string(kNameBytesMax + 1, 'n'), R"({"state": ""})"),
            400);
  EXPECT_EQ(status("PUT", "/views/x",
                   R"({"state": ")" + std::string(kViewStateBytesMax + 1, 's') + "\"}"),
            413);
}

TEST_F(ChartsTest, OnlySoManyViewsAreKept) {
  given("a", 1);
  for (size_t i = 0; i < kViewsPerProjectMax; ++i)
    ask("PUT", fmt::format("/views/view{}", i), R"({"state": ""})");
  EXPECT_EQ(status("PUT", "/views/more", R"({"state": ""})"), 413);
  ask("PUT", "/views/view0", R"({"state": "changed"})");
}

}  // namespace
}  // namespace cairn::server
