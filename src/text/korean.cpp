#include "text/korean.h"

#include <algorithm>
#include <array>

namespace naru {

namespace {

constexpr std::size_t kSyllableBytes = 3;

// Particles and the commonest forms of the copula, longest first.
constexpr std::array<std::string_view, 59> kParticles = {
    "으로부터", "에서부터", "에게서", "으로서", "으로써", "이라는", "이라고", "에서는", "에서도", "에게는",
    "으로는",   "까지는",   "부터는", "이라도", "이었다", "입니까", "입니다", "이다",   "라는",   "라고",
    "에는",     "에도",     "에서",   "에게",   "한테",   "께서",   "으로",   "로서",   "로써",   "까지",
    "부터",     "처럼",     "보다",   "만큼",   "마다",   "조차",   "마저",   "밖에",   "이나",   "이란",
    "이며",     "이고",     "과의",   "와의",   "로는",   "하고",   "은",     "는",     "이",     "가",
    "을",       "를",       "의",     "에",     "도",     "만",     "와",     "과",     "로"};

constexpr std::array<std::string_view, 18> kQuestionWords = {"무엇",   "누구", "언제",   "어디",   "어느", "어떤",
                                                             "어떻게", "얼마", "얼마나", "왜",     "뭐",   "뭘",
                                                             "무슨",   "누가", "무얼",   "어째서", "몇",   "어떠한"};

// What may follow a question word: the copula as it asks, and particles.
constexpr std::array<std::string_view, 37> kQuestionEndings = {
    "이었습니까", "이었나요", "이었는가", "였습니까", "였나요", "였는가", "인가요", "입니까", "이에요", "일까요",
    "이라고",     "인가",     "인지",     "일까",     "이냐",   "이니",   "이죠",   "이지",   "라고",   "에서",
    "에게",       "부터",     "까지",     "으로",     "로",     "에",     "의",     "을",     "를",     "이",
    "가",         "은",       "는",       "와",       "과",     "지",     "요"};

// Endings in a row: "언제부터인가요", "학교에서만은".
constexpr int kEndingsMax = 3;

// "몇" with a counter of two syllables and a particle: "몇번째로".
constexpr std::size_t kHowManyBytesMax = 4 * kSyllableBytes;

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

bool is_particle(std::string_view word) { return contains(kParticles, word); }

std::string_view without_particle(std::string_view word) {
  // Again until nothing is left to cut, so that "제주도는" and "제주도" end alike.
  for (int cut = 0; cut < kEndingsMax; ++cut) {
    const auto particle = std::find_if(kParticles.begin(), kParticles.end(), [&](std::string_view one) {
      return word.ends_with(one) && word.size() >= one.size() + 2 * kSyllableBytes;
    });
    if (particle == kParticles.end()) break;
    word.remove_suffix(particle->size());
  }
  return word;
}

bool is_question_word(std::string_view word) {
  if (word.starts_with("몇") && word.size() <= kHowManyBytesMax) return true;
  for (int cut = 0; cut <= kEndingsMax; ++cut) {
    if (contains(kQuestionWords, word)) return true;
    const auto ending = std::find_if(kQuestionEndings.begin(), kQuestionEndings.end(),
                                     [&](std::string_view one) { return word.ends_with(one) && word != one; });
    if (ending == kQuestionEndings.end()) return false;
    word.remove_suffix(ending->size());
  }
  return false;
}

}  // namespace naru
