import Foundation

/// Numbers that are probability distributions, one in each row along the last axis.
struct Distributions {
    private let probabilities: [Double]
    private let rowLength: Int

    /// By how much the sum of a row may differ from 1.
    private static let sumTolerance = 1e-3

    /// Creates a view of the numbers; `nil` when a row of them is no distribution over several classes.
    init?(_ numbers: [Double], _ shape: [Int]) {
        guard let length = shape.last, length > 1, !numbers.isEmpty,
            numbers.count % length == 0, numbers.allSatisfy({ (0...1).contains($0) })
        else { return nil }
        for start in stride(from: 0, to: numbers.count, by: length) {
            let sum = numbers[start..<start + length].reduce(0, +)
            guard abs(sum - 1) <= Distributions.sumTolerance else { return nil }
        }
        probabilities = numbers
        rowLength = length
    }

    /// The first element whose logarithm another's differs from by more than ``Tolerance`` allows; `nil` for none.
    ///
    /// - Parameters:
    ///   - others: The numbers to judge.
    ///   - limit: The limit on the relative L2 error.
    ///   - smallest: The smallest normal number. What is less may have become 0, and 0 has no logarithm.
    func difference(_ others: [Double], _ limit: Double, smallest: Double) -> Int? {
        for start in stride(from: 0, to: probabilities.count, by: rowLength) {
            let row = start..<start + rowLength
            let compared = row.filter { probabilities[$0] >= smallest }
            let logarithms = compared.map { log(probabilities[$0]) }
            let largest = logarithms.reduce(1) { max($0, abs($1)) }
            for (index, logarithm) in zip(compared, logarithms) {
                let difference = abs(log(max(others[index], 0)) - logarithm)
                if !(difference <= Tolerance.elementFactor * limit * largest) { return index }
            }
        }
        return nil
    }
}
