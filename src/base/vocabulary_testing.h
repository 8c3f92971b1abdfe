// The same for tests, with the macros of their library.
#pragma once

#include <gtest/gtest.h>

#include "base/vocabulary.h"
