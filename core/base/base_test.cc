// Rules of the vocabulary types.
#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"

namespace cairn {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalid, "expected an even number, found {}", n);
  return n / 2;
}
Result<int> quarter(int n) {
  TRY(const int once, half(n));
  return half(once);
}

TEST(Result, TryPassesTheValueOrTheError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message(), "expected an even number, found 3");
}

TEST(Result, ContextIsPutInFront) {
  EXPECT_EQ(Error(Code::kIo, "no").in("while reading").message(), "while reading: no");
}

TEST(Result, AFullDiskIsALimitAndAMissingFileIsNotFound) {
  EXPECT_EQ(fail_errno(ENOSPC, "write", "/x").value().code(), Code::kLimit);
  EXPECT_EQ(fail_errno(ENOENT, "open", "/x").value().code(), Code::kNotFound);
  EXPECT_EQ(fail_errno(EACCES, "open", "/x").value().message(),
            "cannot open: Permission denied (/x)");
}

TEST(Bytes, EveryFieldReadsBackAsWritten) {
  ByteWriter w;
  w.u8(7);
  w.u32(1'000'000);
  w.varint(~0ull);
  w.svarint(-42);
  w.f64(-0.0);
  w.text("stone");
  ByteReader r(w.view());
  EXPECT_EQ(r.u8(), 7);
  EXPECT_EQ(r.u32(), 1'000'000u);
  EXPECT_EQ(r.varint(), ~0ull);
  EXPECT_EQ(r.svarint(), -42);
  EXPECT_TRUE(std::signbit(r.f64()));
  EXPECT_EQ(r.text(), "stone");
  EXPECT_TRUE(r.ok() && r.at_end());
}

TEST(Bytes, ACutBufferTurnsTheReaderBadAtEveryLength) {
  ByteWriter w;
  w.text("stone");
  w.u64(1);
  for (size_t cut = 0; cut < w.size(); ++cut) {
    ByteReader r(w.view().substr(0, cut));
    r.text();
    r.u64();
    EXPECT_FALSE(r.ok()) << cut;
  }
}

TEST(Bytes, AVarintOfElevenBytesIsRefused) {
  ByteReader r(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  r.varint();
  EXPECT_FALSE(r.ok());
}

TEST(Hash, Sha256OfAbcIsTheStandardsVector) {
  EXPECT_EQ(print_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_sha256_hex(print_hex(sha256(""))));
  EXPECT_FALSE(is_sha256_hex("../../etc/passwd"));
}

TEST(Id, IdsAreSafeNamesAndDiffer) {
  EXPECT_TRUE(is_safe_name(make_id()));
  EXPECT_NE(make_id(), make_id());
  EXPECT_TRUE(is_safe_name(make_name()));
}

TEST(Id, AFileNameCannotEscapeItsFolder) {
  for (const char* bad : {"", "..", "../x", "a/b", ".hidden", "a b", "a\n"})
    EXPECT_FALSE(is_safe_name(bad)) << bad;
  EXPECT_FALSE(is_safe_name(std::string(kNameBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace cairn
