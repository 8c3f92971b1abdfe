#include "text/host_name.h"

#include <gtest/gtest.h>

namespace naru {
namespace {

TEST(HostNames, AreWhatTheNameSystemHas) {
  EXPECT_EQ(ascii_host_name("Example.COM"), "example.com");
  EXPECT_EQ(ascii_host_name("한국.kr"), "xn--3e0b707e.kr");
  EXPECT_EQ(ascii_host_name("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab국.KR"), "xn--3e0b707e.kr");  // decomposed
  EXPECT_EQ(ascii_host_name("Bücher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_host_name("例え。テスト"), "xn--r8jz45g.xn--zckzah");  // the full stop of Japanese
  EXPECT_EQ(ascii_host_name("faß.de"), "xn--fa-hia.de");
  EXPECT_EQ(ascii_host_name("１２７.０.０.１"), "127.0.0.1");  // full width: it is the address, and is judged as one
}

TEST(HostNames, OthersAreNone) {
  for (const char* none : {"", "a b", "a%20b", "a/b", "a@b", "\xff\xfe", "xn--\xea\xb7\x9c", "a\x01"}) {
    EXPECT_EQ(ascii_host_name(none), "") << none;
  }
  EXPECT_EQ(ascii_host_name(std::string(2000, 'a')), "");
}

}  // namespace
}  // namespace naru
