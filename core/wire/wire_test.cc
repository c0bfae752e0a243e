// Rules of events, values and JSON.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "wire/event_codec.h"
#include "wire/json.h"

namespace cairn::wire {
namespace {

using namespace model;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Value sample_tree() {
  Value tree;
  tree.set("lr", 0.05);
  tree.set("layers", List{Value(64), Value(32)});
  tree.set("opt", Object{{"name", Value("sgd")}, {"nesterov", Value(true)}});
  tree.set("nothing", Value());
  tree.set("big", std::numeric_limits<int64_t>::min());
  return tree;
}

template <typename T>
T round_trip(const T& event, std::string& storage) {
  storage = encode_event(event);
  const auto back = decode_event(static_cast<uint16_t>(kind_of(event)), storage);
  EXPECT_TRUE(back) << back.error().message();
  return std::get<T>(*back);
}

TEST(Event, TreesComeBackAsTheyWere) {
  std::string bytes;
  EXPECT_EQ(round_trip(RunBegan{sample_tree()}, bytes).about, sample_tree());
  EXPECT_EQ(round_trip(ConfigChanged{sample_tree()}, bytes).change, sample_tree());
}

TEST(Event, ARowKeepsEveryBitOfItsValues) {
  const double values[] = {-0.0, kNan, kInf, -kInf, 5e-324, 0.1};
  std::string bytes;
  const RowLogged back = round_trip(RowLogged{3, -7, 99, values, std::size(values)}, bytes);
  EXPECT_EQ(back.shape, 3u);
  EXPECT_EQ(back.step, -7);
  EXPECT_EQ(back.time_ns, 99);
  ASSERT_EQ(back.count, std::size(values));
  EXPECT_EQ(std::memcmp(back.values, values, sizeof values), 0);
}

TEST(Event, OtherEventsComeBackAsTheyWere) {
  std::string bytes;
  const auto shape = round_trip(ShapeDefined{5, Stream::kSystem, {"a", "b/c"}}, bytes);
  EXPECT_EQ(shape.keys, (std::vector<std::string>{"a", "b/c"}));
  EXPECT_EQ(shape.stream, Stream::kSystem);
  const auto line =
      round_trip(ConsoleWritten{1, ConsoleWritten::Kind::kPartial, 12, "50 %|█████"}, bytes);
  EXPECT_EQ(line.text, "50 %|█████");
  const auto record = round_trip(RecordLogged{"img", 4, 5, sample_tree()}, bytes);
  EXPECT_EQ(record.key, "img");
  EXPECT_EQ(record.record, sample_tree());
  const auto end = round_trip(RunFinished{1, -9, "killed"}, bytes);
  EXPECT_EQ(end.exit_code, -9);
  EXPECT_EQ(end.reason, "killed");
}

TEST(Event, EveryCutIsCorruptAndNeverAnotherEvent) {
  for (const Event& event :
       {Event(RunBegan{sample_tree()}), Event(ShapeDefined{1, Stream::kHistory, {"k", "l"}}),
        Event(RecordLogged{"k", 1, 2, sample_tree()}), Event(RunFinished{1, 2, "why"})}) {
    const std::string bytes = encode_event(event);
    for (size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto back = decode_event(static_cast<uint16_t>(kind_of(event)),
                                     std::string_view(bytes).substr(0, cut));
      ASSERT_FALSE(back) << "kind " << event.index() + 1 << " cut at " << cut;
      EXPECT_EQ(back.error().code(), Code::kCorrupt);
    }
  }
}

TEST(Event, AnUnknownKindIsInvalidWithItsNumber) {
  EXPECT_EQ(decode_event(999, "").error().message(),
            "expected an event of a known kind, found kind 999");
}

TEST(Value, ATreeOfAMillionClaimedItemsIsRefusedWithoutMemory) {
  ByteWriter out;
  out.u8(6);
  out.varint(uint64_t{1} << 60);
  ByteReader in(out.view());
  EXPECT_FALSE(decode_value(in));
}

TEST(Value, NestingIsLimited) {
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested += std::string("\x06\x01", 2);
  ByteReader in(nested);
  EXPECT_FALSE(decode_value(in));
}

TEST(Json, PrintsAndParsesTheSameTree) {
  EXPECT_EQ(*parse_json(print_json(sample_tree())), sample_tree());
  EXPECT_EQ(
      print_json(sample_tree()),
      R"({"lr":0.05,"layers":[64,32],"opt":{"name":"sgd","nesterov":true},"nothing":null,"big":-9223372036854775808})");
}

TEST(Json, NonFiniteFloatsAreTokensOrNullWhenStrict) {
  const Value tree(List{Value(kNan), Value(kInf), Value(-kInf)});
  EXPECT_EQ(print_json(tree), "[NaN,Infinity,-Infinity]");
  EXPECT_EQ(print_json(tree, Json::kStrict), "[null,null,null]");
  EXPECT_EQ(*parse_json("[NaN,Infinity,-Infinity]"), tree);
}

TEST(Json, IntegersStayIntegersAndFloatsFloats) {
  EXPECT_TRUE(parse_json("1")->as_int());
  EXPECT_TRUE(parse_json("1.0")->as_double());
  EXPECT_EQ(print_json(Value(1.0)), "1.0");
}

TEST(Json, BytesThatAreNoTextCostNobodyTheAnswer) {
  Value value;
  value.set("line", "caf\xE9 \xED\xB2\x80 ok");
  EXPECT_EQ(print_json(value), "{\"line\":\"caf\uFFFD \uFFFD\uFFFD\uFFFD ok\"}");
  const auto half_a_pair = parse_json(R"("a\udc80b")");
  ASSERT_TRUE(half_a_pair);
  EXPECT_EQ(*half_a_pair, Value("a\uFFFD\uFFFD\uFFFDb"));
}

TEST(Json, AnInfinityIsNoNumberToGoOnFrom) {
  for (const char* text : {"[NaNe5]", "Infinitye-324", "-Inf.5", "NaN1"})
    EXPECT_FALSE(parse_json(text)) << text;
  EXPECT_TRUE(parse_json(R"({"NaNe5": ["Infinitye5\"NaNe4", NaN, -Infinity]})"));
}

TEST(Json, BadTextNamesTheByte) {
  EXPECT_NE(parse_json("{\"a\": }").error().message().find("at byte 6"), std::string::npos);
  EXPECT_FALSE(parse_json("\xff"));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_json("1 2"));
}

}  // namespace
}  // namespace cairn::wire
