// Rules of the filter language: what a text means and what its errors say.
#include "query/filter.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/limits.h"

namespace cairn::query {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

// The canonical spelling of what `text` means.
std::string canonical(std::string_view text) {
  const auto filter = parse_filter(text);
  if (!filter) return "ERROR " + filter.error().message();
  const std::string printed = print_filter(*filter);
  const auto again = parse_filter(printed);
  EXPECT_TRUE(again && *again == *filter) << text << " printed as " << printed;
  return printed;
}

std::string error_of(std::string_view text) {
  const auto filter = parse_filter(text);
  return filter ? "no error" : filter.error().message();
}

std::string first_line_of_error(std::string_view text) {
  const std::string message = error_of(text);
  return message.substr(0, message.find('\n'));
}

Literal only_literal(std::string_view text) {
  const auto filter = parse_filter(text);
  EXPECT_TRUE(filter) << filter.error().message();
  return filter && filter->term.values.size() == 1 ? filter->term.values.front() : Literal{};
}

TEST(Filter, AnEmptyTextMeansEveryRun) {
  EXPECT_EQ(parse_filter(" \n").value(), Filter{});
  EXPECT_EQ(canonical(""), "");
}

TEST(Filter, OperatorsHaveTheirUsualSpellings) {
  EXPECT_EQ(canonical("config.lr==1"), "config.lr = 1");
  EXPECT_EQ(canonical("config.lr>=0.01&&!(summary.acc<1||state!=failed)"),
            "config.lr >= 0.01 and not (summary.acc < 1 or state != 'failed')");
  EXPECT_EQ(canonical("NOT name ~ \"^a\" AND notes !~ 'b'"), "not name ~ '^a' and notes !~ 'b'");
  EXPECT_EQ(canonical("config.opt in [adam, 'sgd']"), "config.opt in ('adam', 'sgd')");
  EXPECT_EQ(canonical("config.opt not in (1, true)"), "config.opt not in (1, true)");
  EXPECT_EQ(canonical("name contains 'a' or name not contains 'b'"),
            "name contains 'a' or name not contains 'b'");
  EXPECT_EQ(canonical("config.a is None and config.b IS NOT NULL"),
            "config.a is null and config.b is not null");
  EXPECT_EQ(canonical("summary.loss is nan or summary.loss is not NaN"),
            "summary.loss is nan or summary.loss is not nan");
}

TEST(Filter, AndBindsTighterThanOrAndNotTighterThanBoth) {
  EXPECT_EQ(canonical("id=a or id=b and not id=c or id=d"),
            "id = 'a' or id = 'b' and not id = 'c' or id = 'd'");
  EXPECT_EQ(canonical("(id=a or id=b) and (id=c and id=d)"),
            "(id = 'a' or id = 'b') and id = 'c' and id = 'd'");
}

TEST(Filter, AValueMayStandFirst) {
  EXPECT_EQ(canonical("0.01 <= config.lr and 3 > summary.x"),
            "config.lr >= 0.01 and summary.x < 3");
  EXPECT_EQ(canonical("'x' in tags or 'y' not in tags"),
            "tags contains 'x' or tags not contains 'y'");
  EXPECT_EQ(canonical("64 in config.layers"), "config.layers contains 64");
}

TEST(Filter, EqualToATagMeansHasTheTag) {
  EXPECT_EQ(canonical("tags = best and tags != 'old'"),
            "tags contains 'best' and tags not contains 'old'");
}

TEST(Filter, FieldsAreWrittenAsPeopleNameTheirKeys) {
  EXPECT_EQ(canonical("summary.val/acc>0.9"), "summary.val/acc > 0.9");
  EXPECT_EQ(canonical("summary.top-1@5:x.2>=1"), "summary.top-1@5:x.2 >= 1");
  EXPECT_EQ(canonical("config.größe < 3"), "config.größe < 3");
  EXPECT_EQ(canonical("summary.`val/acc top-1` > 1"), "summary.`val/acc top-1` > 1");
  EXPECT_EQ(canonical("summary.`a``b`.c > 1"), "summary.`a``b.c` > 1");
  EXPECT_EQ(parse_field("summary.`val/acc top-1`")->name, "summary.val/acc top-1");
  EXPECT_EQ(parse_field("created")->type, FieldType::kTime);
  EXPECT_FALSE(parse_field("config"));
  EXPECT_FALSE(parse_field("name state"));
}

TEST(Filter, AStatisticOfASeriesIsANumber) {
  EXPECT_EQ(canonical("min:val/loss < 0.1"), "min:val/loss < 0.1");
  EXPECT_EQ(canonical("0.5 < best:acc"), "best:acc > 0.5");
  EXPECT_EQ(canonical("`max:top 1` is nan"), "`max:top 1` is nan");
  EXPECT_EQ(canonical("last:gpu.0.power_w > 100"), "last:gpu.0.power_w > 100");
  EXPECT_NE(error_of("min:loss = 'x'").find("min:loss is a number"), std::string::npos);
  EXPECT_NE(error_of("median:loss < 1").find("unknown field"), std::string::npos);
  EXPECT_NE(error_of("min: < 1").find("expected"), std::string::npos);
  EXPECT_EQ(parse_series_field("min:a:b")->key, "a:b");
  EXPECT_FALSE(parse_series_field("min:"));
  EXPECT_EQ(parse_sort("-min:loss").value().front().field, "min:loss");
}

TEST(Filter, ArchivedIsTrueOrFalse) {
  EXPECT_EQ(canonical("archived = true and archived != false"),
            "archived = true and archived != false");
  EXPECT_NE(error_of("archived = yes").find("archived is a boolean"), std::string::npos);
  EXPECT_NE(error_of("archived > false").find("no order"), std::string::npos);
}

TEST(Filter, ABareWordIsText) {
  EXPECT_EQ(canonical("state = finished"), "state = 'finished'");
  EXPECT_EQ(canonical("name = quiet-ridge-417"), "name = 'quiet-ridge-417'");
  EXPECT_EQ(canonical("config.opt = torch.optim.Adam"), "config.opt = 'torch.optim.Adam'");
}

TEST(Filter, NumbersKeepTheirTypeAndEveryBit) {
  EXPECT_EQ(only_literal("config.x = 1_000"), Literal(int64_t{1000}));
  EXPECT_EQ(only_literal("config.x = -9223372036854775808"),
            Literal(std::numeric_limits<int64_t>::min()));
  EXPECT_EQ(only_literal("config.x = 9007199254740993"), Literal(int64_t{9007199254740993}));
  EXPECT_EQ(only_literal("config.x = 1e-3"), Literal(0.001));
  EXPECT_EQ(only_literal("config.x = +.5"), Literal(0.5));
  EXPECT_EQ(only_literal("config.x > -inf"), Literal(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(canonical("config.x = 1e3"), "config.x = 1000.0");
  EXPECT_EQ(canonical("config.x = True"), "config.x = true");
}

TEST(Filter, QuotesAreDoubledInsideThemselves) {
  EXPECT_EQ(only_literal("name = 'it''s'"), Literal(std::string("it's")));
  EXPECT_EQ(only_literal("name = \"it's \"\"it\"\"\""), Literal(std::string("it's \"it\"")));
  EXPECT_EQ(only_literal("name ~ '\\d+'"), Literal(std::string("\\d+")));
}

TEST(Filter, DurationsAddTheirParts) {
  EXPECT_EQ(only_literal("duration > 1h30m"), Literal(Duration{5400 * kSecond}));
  EXPECT_EQ(only_literal("duration > 1.5s"), Literal(Duration{1'500'000'000}));
  EXPECT_EQ(only_literal("duration > '90s'"), Literal(Duration{90 * kSecond}));
  EXPECT_EQ(canonical("duration >= 100d1ms7ns"), "duration >= 14w2d1ms7ns");
}

TEST(Filter, ADateMeansTheWholeOfWhatItNames) {
  constexpr int64_t kJanuary31 = 20484 * kDay;
  EXPECT_EQ(only_literal("created = 2026-01-31"),
            Literal(TimeSpan{kJanuary31, kJanuary31 + kDay - 1}));
  EXPECT_EQ(only_literal("created = '2026-01-31'"), only_literal("created = 2026-01-31"));
  EXPECT_EQ(only_literal("created > 2026-01-31T10:00"),
            only_literal("created > '2026-01-31 10:00'"));
  EXPECT_EQ(only_literal("created > 2026-01-31T02:00+02:00"),
            only_literal("created > 2026-01-31T00:00Z"));
  EXPECT_EQ(canonical("created < 2026-01-31T10:00:05"), "created < 2026-01-31T10:00:05");
  EXPECT_EQ(canonical("created < 2026-01-31T10:00:05.25-01:30"),
            "created < 2026-01-31T11:30:05.250000000");
}

TEST(Filter, AnAgeStaysRelative) {
  EXPECT_EQ(only_literal("created > -7d"), Literal(FromNow{-7 * kDay}));
  EXPECT_EQ(only_literal("created > now-7d"), Literal(FromNow{-7 * kDay}));
  EXPECT_EQ(canonical("created > now - 7d"), "created > now - 1w");
  EXPECT_EQ(canonical("now + 36h > ended"), "ended < now + 1d12h");
  EXPECT_EQ(canonical("updated <= now"), "updated <= now");
}

TEST(Filter, AnErrorPointsAtItsCharacter) {
  EXPECT_EQ(error_of("config.lr >= and x"),
            "expected a value after '>=' at character 14\n"
            "  config.lr >= and x\n"
            "               ^");
  EXPECT_EQ(error_of("config.größe > ="),
            "expected a value after '>' at character 16\n"
            "  config.größe > =\n"
            "                 ^");
  EXPECT_EQ(error_of("name = 'x"),
            "expected a closing ' for the text that begins at character 8\n"
            "  name = 'x\n"
            "         ^");
}

TEST(Filter, AnErrorOfALongTextShowsItsNeighbourhood) {
  const std::string message =
      error_of(std::string(1000, ' ') + "name =\n)" + std::string(500, ' '));
  EXPECT_NE(message.find("at character 1008\n  ..."), std::string::npos) << message;
  EXPECT_LT(message.size(), 300u);
}

TEST(Filter, ErrorsSayWhatWasExpected) {
  EXPECT_EQ(first_line_of_error("config.lr"),
            "expected a comparison such as = < in ~ or is after 'config.lr' at character 10");
  EXPECT_EQ(first_line_of_error("(name = a"), "expected 'and', 'or' or ')' at character 10");
  EXPECT_EQ(first_line_of_error("name = a name = b"),
            "expected 'and', 'or' or the end at character 10");
  EXPECT_EQ(first_line_of_error("name = a and"), "expected a field after 'and' at character 13");
  EXPECT_EQ(first_line_of_error("name in a"), "expected '(' or '[' after 'in' at character 9");
  EXPECT_EQ(first_line_of_error("name in (a b)"), "expected ',' or ')' after 'a' at character 12");
  EXPECT_EQ(first_line_of_error("name is 3"), "expected null or nan after 'is' at character 9");
  EXPECT_EQ(first_line_of_error("config."), "expected a name after 'config.' at character 8");
  EXPECT_EQ(first_line_of_error("config > 1"),
            "expected a name after 'config' at character 1; as in config.lr");
  EXPECT_EQ(first_line_of_error("name = #"), "unexpected '#' at character 8");
  EXPECT_EQ(first_line_of_error("1 = 1"), "expected a field after '=' at character 5");
  EXPECT_EQ(first_line_of_error("3 and name = a"),
            "expected a field, found a value at character 1; a comparison begins with a field, as "
            "in config.lr > 0.1");
  EXPECT_EQ(
      first_line_of_error("config.a = config.b"),
      "expected a value, found a field at character 12; write 'config.b' in quotes if it is text");
  EXPECT_EQ(first_line_of_error("config.a = null"),
            "nothing compares with null at character 12; write 'is null' or 'is not null'");
  EXPECT_EQ(first_line_of_error("config.a != nan"),
            "nothing equals nan at character 13; write 'is nan' or 'is not nan'");
  EXPECT_EQ(first_line_of_error("git.commit = 3fa9c2"),
            "expected a number, a duration or a date, found '3fa9c2' at character 14; write "
            "'3fa9c2' in quotes if it is text");
  EXPECT_EQ(first_line_of_error("config.a = 1e999"),
            "expected a number that fits 64 bits, found '1e999' at character 12");
  EXPECT_EQ(
      first_line_of_error("created > 2026-02-30"),
      "expected a date such as 2026-01-31 or 2026-01-31T10:00, found '2026-02-30' at character 11");
  EXPECT_EQ(first_line_of_error("name ~ '('"),
            "expected a regular expression, found an error (missing ): () at character 8");
}

TEST(Filter, AnUnknownFieldSuggestsTheNearest) {
  EXPECT_EQ(first_line_of_error("stat = finished"),
            "unknown field 'stat' at character 1; did you mean state?");
  EXPECT_EQ(first_line_of_error("confg.lr = 1"),
            "unknown field 'confg.lr' at character 1; did you mean config.lr?");
  EXPECT_EQ(first_line_of_error("learning_rate = 1"),
            "unknown field 'learning_rate' at character 1; a key of yours is written "
            "config.learning_rate or summary.learning_rate");
}

TEST(Filter, ALiteralThatCanNeverMatchIsAnError) {
  EXPECT_EQ(first_line_of_error("state = finish"),
            "state is a state: expected one of running, finished, failed, crashed, found 'finish' "
            "at character 9; did you mean finished?");
  EXPECT_EQ(first_line_of_error("name = 3"),
            "name is text: expected text in quotes, found a number at character 8");
  EXPECT_EQ(first_line_of_error("created > 7d"),
            "created is a time: expected a date such as 2026-01-31 or an age such as -7d, found a "
            "duration at character 11; an age has a minus");
  EXPECT_EQ(first_line_of_error("duration > 90"),
            "duration is a duration: expected a duration such as 90s or 1h30m, found a number at "
            "character 12");
  EXPECT_EQ(first_line_of_error("exit_code = 'x'"),
            "exit_code is a number: expected a number, found 'x' at character 13");
  EXPECT_EQ(first_line_of_error("config.t > 5m"),
            "config.t is a number, text, boolean or list: expected a number, a boolean or text in "
            "quotes, found a duration at character 12; write it in quotes to compare text");
  EXPECT_EQ(first_line_of_error("config.amp > true"),
            "a boolean has no order at character 14; compare with = or !=");
  EXPECT_EQ(first_line_of_error("tags < 'a'"),
            "a list of tags has no order at character 8; compare with = or !=");
  EXPECT_EQ(first_line_of_error("created ~ '2026'"),
            "created is a time, and ~ is for text at character 11");
  EXPECT_EQ(first_line_of_error("created is nan"),
            "created is a time and never nan at character 12");
  EXPECT_EQ(canonical("config.lr = 'x' and config.lr > 1"), "config.lr = 'x' and config.lr > 1");
}

TEST(Filter, SizeAndDepthHaveLimits) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '(') + "name = a" + std::string(depth, ')');
  };
  EXPECT_TRUE(parse_filter(nested(kFilterDepthMax)));
  EXPECT_EQ(parse_filter(nested(kFilterDepthMax + 1)).error().code(), Code::kLimit);
  EXPECT_EQ(parse_filter(std::string(kFilterBytesMax, '!')).error().code(), Code::kLimit);
  EXPECT_EQ(parse_filter(std::string(kFilterBytesMax + 1, ' ')).error().code(), Code::kLimit);
  std::string wide = "name = a";
  for (int i = 0; i < 5000; ++i) wide += " or name=b";
  EXPECT_TRUE(parse_filter(wide));
}

TEST(Filter, ARegularExpressionThatNeedsTooMuchMemoryIsAnError) {
  EXPECT_NE(first_line_of_error("name ~ '(\\pL{200}){5}'").find("pattern too large"),
            std::string::npos);
}

TEST(Sort, KeysAreFieldsWithAMinusForDescending) {
  const std::vector<SortKey> expected = {{"summary.val/acc", true}, {"name", false}, {"id", false}};
  EXPECT_EQ(parse_sort("-summary.val/acc, name,+id").value(), expected);
  EXPECT_TRUE(parse_sort("")->empty());
  EXPECT_FALSE(parse_sort("name,"));
  EXPECT_FALSE(parse_sort("nam"));
  EXPECT_FALSE(parse_sort("name desc"));
}

}  // namespace
}  // namespace cairn::query
