/// A number of elements, or a distance between them, that a file may have stated: its sums and products stay at the
/// ends of what an `Int` holds instead of overflowing.
///
/// What arrives at an end is beyond every limit, so that whoever checks the result refuses it.
package struct Extent: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    /// The number.
    package var value: Int

    /// Creates an extent.
    package init(_ value: Int) { self.value = value }

    /// Creates an extent.
    package init(integerLiteral value: Int) { self.value = value }

    package static func < (left: Extent, right: Extent) -> Bool { left.value < right.value }

    package static func + (left: Extent, right: Extent) -> Extent {
        let (sum, overflow) = left.value.addingReportingOverflow(right.value)
        return Extent(overflow ? (right.value < 0 ? .min : .max) : sum)
    }

    package static func - (left: Extent, right: Extent) -> Extent {
        let (difference, overflow) = left.value.subtractingReportingOverflow(right.value)
        return Extent(overflow ? (right.value < 0 ? .max : .min) : difference)
    }

    package static func * (left: Extent, right: Extent) -> Extent {
        let (product, overflow) = left.value.multipliedReportingOverflow(by: right.value)
        return Extent(overflow ? ((left.value < 0) == (right.value < 0) ? .max : .min) : product)
    }

    /// The product of all numbers; 1 of none.
    package static func product(of numbers: some Sequence<Int>) -> Int {
        numbers.reduce(into: Extent(1)) { $0 = $0 * Extent($1) }.value
    }

    /// The sum of all numbers.
    package static func sum(of numbers: some Sequence<Int>) -> Int {
        numbers.reduce(into: Extent(0)) { $0 = $0 + Extent($1) }.value
    }
}
