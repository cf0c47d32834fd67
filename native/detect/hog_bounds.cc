// HOG's filters in few bits. A score S is the sum of c r over row filters, with c a column tap and r the sum of w x over ten
// features x. With whole numbers q(x), q(w), q(c) and units u:
//
//   r is at most |w| u(x) / 2 + |w - u(w) q(w)| u(x) kMostByte from u(w) u(x) q(r), each summed over the taps;
//   S is at most |c| times that, and |c - u(c) q(c)| times the largest r there can be, from u(S) q(S).
//
// What rounding in floats adds is far less: kFloatSlack has room for it. No sum of whole numbers can overflow.
#include "detect/hog_bounds.hh"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace fr {
namespace {

// The most that features can be. An orientation is the sum of four parts of at most .1. An energy is .4714 times the sum of 18 parts, each
// of them at most half of its orientation's votes over the root of the energy around. The sum of the votes is at most three times that root.
constexpr double kMostOrientation = 0.4;
constexpr double kMostEnergy = 0.7072;
constexpr double kFloatSlack = 1e-3;
constexpr double kMostProduct = std::numeric_limits<std::int16_t>::max();
constexpr double kMostScore = std::numeric_limits<std::int32_t>::max();

double unit_of_features(int plane) { return (plane < kPlanes - 4 ? kMostOrientation : kMostEnergy) / kMostByte; }

/// A row filter in whole numbers.
struct SmallRow {
  int taps[kTaps];
  double unit;   // of its result
  double error;  // of its result, at most
  double most;   // the largest result there can be, in units
};

// Of numbers whose positive and whose negative ones may come together: the larger sum.
double larger_side(const double (&numbers)[kTaps]) {
  double up = 0, down = 0;
  for (const double number : numbers) (number > 0 ? up : down) += std::abs(number);
  return std::max(up, down);
}

SmallRow small_row(const float* taps, int plane) {
  SmallRow row{};
  const double of_feature = unit_of_features(plane);
  double exact[kTaps], largest = 0, sum = 0;
  for (int i = 0; i < kTaps; ++i) {
    exact[i] = taps[i];
    largest = std::max(largest, std::abs(exact[i]));
    sum += std::abs(exact[i]);
  }
  if (largest == 0) return row;
  for (double unit = std::max(largest, larger_side(exact) * kMostByte * kMostByte / kMostProduct) / kMostByte;; unit *= 1.01) {
    double whole[kTaps], off[kTaps];
    for (int i = 0; i < kTaps; ++i) {
      whole[i] = std::nearbyint(exact[i] / unit);
      off[i] = exact[i] - whole[i] * unit;
      row.taps[i] = static_cast<int>(whole[i]);
    }
    row.most = larger_side(whole) * kMostByte;
    if (row.most > kMostProduct) continue;
    row.unit = unit * of_feature;
    row.error = sum * of_feature / 2 + larger_side(off) * of_feature * kMostByte;
    return row;
  }
}

// Two numbers of `bits` bits in one word, the first in its lower half.
std::int32_t two(int first, int second, int bits) {
  const auto mask = (1U << bits) - 1;
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(first) & mask) | (static_cast<std::uint32_t>(second) & mask) << bits);
}

std::size_t index(int number) { return static_cast<std::size_t>(number); }

/// A detector's column filters.
class Columns {
 public:
  void add(const float* taps, const SmallRow& row) {
    for (int tap = 0; tap < kTaps; ++tap) taps_.push_back({double{taps[tap]}, row});
  }
  /// Appends the taps as BoundPlan has them, and returns the score that a place has to reach.
  std::int32_t finish(double least, std::vector<std::int32_t>& taps) const {
    double unit = 0;
    for (const auto& [tap, row] : taps_) unit += std::abs(tap) * row.unit * row.most / kMostScore;
    unit = std::max(unit, std::numeric_limits<double>::min());
    while (!fits(unit)) unit *= 1.01;
    double error = kFloatSlack;
    for (const auto& [tap, row] : taps_) error += std::abs(tap) * row.error + std::abs(tap * row.unit - small(tap, row, unit) * unit) * row.most;
    for (std::size_t i = 0; i < taps_.size(); i += 2 * kTaps) {
      for (std::size_t tap = i; tap < i + kTaps; ++tap) taps.push_back(two(whole(tap, unit), whole(tap + kTaps, unit), 16));
    }
    return static_cast<std::int32_t>(std::clamp(std::floor((least - error) / unit), -kMostScore - 1, kMostScore));
  }

 private:
  struct Tap {
    double tap;
    SmallRow row;
  };
  static double small(double tap, const SmallRow& row, double unit) { return std::nearbyint(tap * row.unit / unit); }
  int whole(std::size_t tap, double unit) const { return tap < taps_.size() ? static_cast<int>(small(taps_[tap].tap, taps_[tap].row, unit)) : 0; }
  bool fits(double unit) const {
    double most = 0;
    bool products_fit = true;
    for (const auto& [tap, row] : taps_) {
      const double whole = std::abs(small(tap, row, unit));
      most += whole * row.most;
      products_fit = products_fit && whole <= kMostProduct;
    }
    return products_fit && most <= kMostScore;
  }

  std::vector<Tap> taps_;
};

}  // namespace

float HogBounds::scale(int plane) { return static_cast<float>(1 / unit_of_features(plane)); }

HogBounds::HogBounds(const HogFilters& filters, const std::vector<float>& least_float) : detectors_(filters.detectors) {
  std::vector<SmallRow> rows;
  for (int pair = 0; pair < filters.pairs; ++pair) rows.push_back(small_row(filters.rows + pair * kTaps, filters.homes[2 * pair + 1]));
  std::vector<std::int32_t> place(rows.size());
  std::int32_t next = 0;
  for (int d = 0; d < filters.detectors; ++d) {
    first_of_.push_back(next);
    Columns columns;
    for (const int pair : pairs_of_detector(filters, d)) {
      place[index(pair)] = next++;
      columns.add(filters.columns + pair * kTaps, rows[index(pair)]);
    }
    next += next % 2;
    least_.push_back(columns.finish(double{least_float[index(d)]}, column_taps_));
  }
  first_of_.push_back(next);
  for (int plane = 0; plane < kPlanes; ++plane) {
    const std::vector<int> pairs = pairs_of_plane(filters, plane);
    in_plane_.push_back(static_cast<std::int32_t>(pairs.size()));
    for (const int pair : pairs) {
      const int* row = rows[index(pair)].taps;
      for (int tap = 0; tap < kTaps; tap += 2) row_taps_.push_back(two(two(row[tap], row[tap + 1], 8), two(row[tap], row[tap + 1], 8), 16));
      places_.push_back(place[index(pair)]);
    }
  }
}

BoundPlan HogBounds::plan() const {
  return {detectors_, in_plane_.data(), row_taps_.data(), places_.data(), column_taps_.data(), first_of_.data()};
}

}  // namespace fr
