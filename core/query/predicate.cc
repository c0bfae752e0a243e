// Predicate: literals to ranges, texts to bits.
#include "query/predicate.h"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "base/check.h"
#include "query/regex.h"

namespace cairn::query {
namespace {

__extension__ typedef __int128 Wide;  // an int64 and one step beyond either end

constexpr int64_t kWholeMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kWholeMax = std::numeric_limits<int64_t>::max();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// What meets `op` when the literal stands for [first, last]; empty (first > last) where the literal
// falls between two representable values. `below` and `above` are the neighbours of the literal.
template <typename T>
Range<T> meeting(Op op, Range<T> literal, Range<T> all, T below, T above) {
  switch (op) {
    case Op::kLess:
      return {all.first, below};
    case Op::kLessEqual:
      return {all.first, literal.last};
    case Op::kGreater:
      return {above, all.last};
    case Op::kGreaterEqual:
      return {literal.first, all.last};
    default:
      return literal;
  }
}

Range<int64_t> meeting_wholes(Op op, Range<Wide> literal) {
  const Range<Wide> all{kWholeMin, kWholeMax};
  const Range<Wide> met = meeting<Wide>(op, literal, all, literal.first - 1, literal.last + 1);
  if (met.first > met.last || met.first > kWholeMax || met.last < kWholeMin) return {1, 0};
  return {static_cast<int64_t>(std::max<Wide>(met.first, kWholeMin)),
          static_cast<int64_t>(std::min<Wide>(met.last, kWholeMax))};
}

Range<double> meeting_reals(Op op, Range<double> literal) {
  // Nothing is below -inf or above +inf: a NaN bound makes the range empty.
  const double below =
      literal.first == -kInfinity ? kNan : std::nextafter(literal.first, -kInfinity);
  const double above = literal.last == kInfinity ? kNan : std::nextafter(literal.last, kInfinity);
  return meeting<double>(op, literal, {-kInfinity, kInfinity}, below, above);
}

Op positive(Op op) {
  switch (op) {
    case Op::kNotEqual:
      return Op::kEqual;
    case Op::kNotIn:
      return Op::kIn;
    case Op::kNotMatch:
      return Op::kMatch;
    case Op::kNotContains:
      return Op::kContains;
    default:
      return op;
  }
}

int64_t saturating_add(int64_t a, int64_t b) {
  const Wide sum = Wide{a} + b;
  return static_cast<int64_t>(std::clamp<Wide>(sum, kWholeMin, kWholeMax));
}

// A test of one text against the values of a term.
std::function<bool(std::string_view)> text_test(Op op, const std::string& wanted) {
  switch (op) {
    case Op::kLess:
      return [&](std::string_view text) { return text < wanted; };
    case Op::kLessEqual:
      return [&](std::string_view text) { return text <= wanted; };
    case Op::kGreater:
      return [&](std::string_view text) { return text > wanted; };
    case Op::kGreaterEqual:
      return [&](std::string_view text) { return text >= wanted; };
    case Op::kContains:
      return [&](std::string_view text) { return text.find(wanted) != text.npos; };
    case Op::kMatch: {
      const auto regex = std::make_shared<re2::RE2>(wanted, regex_options());
      CHECK(regex->ok());  // parse_filter() saw to that
      return [regex](std::string_view text) {
        return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex);
      };
    }
    default:
      return [&](std::string_view text) { return text == wanted; };
  }
}

}  // namespace

template <typename T>
void Ranges<T>::seal() {
  std::sort(x_ranges.begin(), x_ranges.end(),
            [](const Range<T>& a, const Range<T>& b) { return a.first < b.first; });
  size_t kept = 0;
  for (const Range<T>& range : x_ranges) {
    if (kept > 0 && range.first <= x_ranges[kept - 1].last)
      x_ranges[kept - 1].last = std::max(x_ranges[kept - 1].last, range.last);
    else
      x_ranges[kept++] = range;
  }
  x_ranges.resize(kept);
}

Predicate::Predicate(const Term& term, const ColumnCells& column, int64_t now_ns)
    : x_column(column) {
  const Op op = positive(term.op);
  x_negated = op != term.op;
  if (op == Op::kIsNull) x_always = bit(Kind::kAbsent);
  if (op == Op::kIsNotNull) x_always = kPresent;
  if (op == Op::kIsNan || op == Op::kIsNotNan) {  // the floats outside every range
    x_reals.add(-kInfinity, kInfinity);
    x_judged = bit(Kind::kFloat);
    x_always = op == Op::kIsNan ? 0 : kPresent & ~x_judged;
    x_negated = op == Op::kIsNan;
  }
  for (const Literal& literal : term.values) add_literal(op, literal, now_ns);
  for (Ranges<int64_t>& wholes : x_wholes) wholes.seal();
  x_reals.seal();

  const bool tags = term.field.type == FieldType::kTags;
  if (op == Op::kContains) x_judged &= bit(Kind::kText);  // a number contains nothing
  if (op == Op::kContains || tags) x_judged |= bit(Kind::kTree);
  if (tags && x_negated)
    x_always = bit(Kind::kAbsent);  // no tags: an empty list, not an unknown one
  if (x_judged & bit(Kind::kText)) judge_texts(op, term.values);
  if (x_judged & bit(Kind::kTree)) judge_trees(op, term.values);
}

void Predicate::add_literal(Op op, const Literal& literal, int64_t now_ns) {
  if (const bool* flag = std::get_if<bool>(&literal)) {
    add_whole(Kind::kBool, op, {*flag, *flag});
  } else if (const int64_t* whole = std::get_if<int64_t>(&literal)) {
    add_number(op, *whole);
  } else if (const double* real = std::get_if<double>(&literal)) {
    add_number(op, *real);
  } else if (const TimeSpan* span = std::get_if<TimeSpan>(&literal)) {
    add_whole(Kind::kTime, op, {span->first_ns, span->last_ns});
  } else if (const FromNow* age = std::get_if<FromNow>(&literal)) {
    const int64_t time_ns = saturating_add(now_ns, age->offset_ns);
    add_whole(Kind::kTime, op, {time_ns, time_ns});
  } else if (const Duration* duration = std::get_if<Duration>(&literal)) {
    add_whole(Kind::kDuration, op, {duration->ns, duration->ns});
  } else {
    x_judged |= bit(Kind::kText);
  }
}

void Predicate::add_whole(Kind kind, Op op, Range<int64_t> literal) {
  x_judged |= bit(kind);
  const Range<int64_t> met = meeting_wholes(op, {literal.first, literal.last});
  x_wholes[static_cast<size_t>(kind)].add(met.first, met.last);
}

void Predicate::add_number(Op op, int64_t literal) {
  add_whole(Kind::kInt, op, {literal, literal});
  // The floats next to the literal; the same one twice where it is a float itself.
  const double near = static_cast<double>(literal);
  const Wide exact = static_cast<Wide>(near);
  const Range<double> reals = {exact < literal ? std::nextafter(near, kInfinity) : near,
                               exact > literal ? std::nextafter(near, -kInfinity) : near};
  x_judged |= bit(Kind::kFloat);
  const Range<double> met = meeting_reals(op, reals);
  x_reals.add(met.first, met.last);
}

void Predicate::add_number(Op op, double literal) {
  x_judged |= bit(Kind::kInt) | bit(Kind::kFloat);
  const Range<double> reals = meeting_reals(op, {literal, literal});
  x_reals.add(reals.first, reals.last);
  const double near = std::clamp(literal, -0x1p64, 0x1p64);
  const Range<int64_t> wholes =
      meeting_wholes(op, {static_cast<Wide>(std::ceil(near)), static_cast<Wide>(std::floor(near))});
  x_wholes[static_cast<size_t>(Kind::kInt)].add(wholes.first, wholes.last);
}

void Predicate::judge_texts(Op op, const std::vector<Literal>& values) {
  const Dictionary& texts = x_column.texts();
  x_texts.assign(texts.size(), 0);
  for (const Literal& value : values) {
    const std::string* wanted = std::get_if<std::string>(&value);
    if (!wanted) continue;
    if (op == Op::kEqual || op == Op::kIn) {
      if (const auto code = texts.find(*wanted)) x_texts[*code] = 1;
      continue;
    }
    const auto test = text_test(op, *wanted);
    for (Dictionary::Code code = 0; code < texts.size(); ++code)
      x_texts[code] = x_texts[code] | static_cast<uint8_t>(test(texts.text(code)));
  }
}

// A list meets the term when one of its members does.
void Predicate::judge_trees(Op op, const std::vector<Literal>& values) {
  std::vector<std::function<bool(std::string_view)>> tests;
  for (const Literal& value : values)
    if (const std::string* wanted = std::get_if<std::string>(&value))
      tests.push_back(text_test(op == Op::kMatch ? Op::kMatch : Op::kEqual, *wanted));
  const auto meets = [&](const model::Value& member) {
    if (const bool* flag = member.as_bool())
      return x_wholes[static_cast<size_t>(Kind::kBool)].contains(*flag);
    if (const int64_t* whole = member.as_int())
      return x_wholes[static_cast<size_t>(Kind::kInt)].contains(*whole);
    if (const double* real = member.as_double()) return x_reals.contains(*real);
    const std::string* text = member.as_string();
    return text &&
           std::any_of(tests.begin(), tests.end(), [&](const auto& test) { return test(*text); });
  };
  x_trees.assign(x_column.trees().size(), 0);
  for (Dictionary::Code code = 0; code < x_trees.size(); ++code) {
    const model::Value tree = x_column.tree(code);
    if (const model::List* list = tree.as_list())
      x_trees[code] = std::any_of(list->begin(), list->end(), meets);
  }
}

bool Predicate::test(Cell cell) const {
  if (!(x_judged & bit(cell.kind))) return x_always & bit(cell.kind);
  switch (cell.kind) {
    case Kind::kFloat:
      return x_reals.contains(cell.real()) != x_negated;
    case Kind::kText:
      return (x_texts[cell.bits] != 0) != x_negated;
    case Kind::kTree:
      return (x_trees[cell.bits] != 0) != x_negated;
    default:
      return x_wholes[static_cast<size_t>(cell.kind)].contains(cell.whole()) != x_negated;
  }
}

// A column all of whose judged values are of one kind: no branch per row.
template <typename Holds>
void Predicate::mark_kind(Kind kind, Bitmap& out, const Holds& holds) const {
  const bool negated = x_negated;
  const uint32_t always = x_always & ~bit(kind);
  x_column.scan(out, [=](Cell cell) {
    const bool held = (cell.kind == kind) & (holds(cell) != negated);
    return held | static_cast<bool>(always & bit(cell.kind));
  });
}

void Predicate::mark(Bitmap& out) const {
  const auto all_are = [this](Kind kind) {
    return (x_judged & bit(kind)) && x_column.count(kind) == x_column.present();
  };
  if (const Range<double>* reals = x_reals.only(); reals && all_are(Kind::kFloat))
    return mark_kind(Kind::kFloat, out,
                     [range = *reals](Cell cell) { return range.contains(cell.real()); });
  for (const Kind kind : {Kind::kInt, Kind::kTime, Kind::kDuration})
    if (const Range<int64_t>* wholes = x_wholes[static_cast<size_t>(kind)].only();
        wholes && all_are(kind))
      return mark_kind(kind, out,
                       [range = *wholes](Cell cell) { return range.contains(cell.whole()); });
  x_column.scan(out, [this](Cell cell) { return test(cell); });
}

size_t Predicate::type_mismatches() const {
  size_t sum = 0;
  for (size_t kind = 1; kind < kKindCount; ++kind)
    if (!((x_judged | x_always) & bit(static_cast<Kind>(kind))))
      sum += x_column.count(static_cast<Kind>(kind));
  return sum;
}

}  // namespace cairn::query
