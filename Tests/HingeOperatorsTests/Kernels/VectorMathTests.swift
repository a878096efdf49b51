import Foundation
import HingeGraph
import Testing

@testable import HingeOperators

/// What vector code computes, beside the C library's functions in double precision.
@Suite("Functions of many numbers at once")
struct VectorMathTests {
    /// Every 65,537th number of single precision, of either sign, and those at the ends.
    private static let numbers: [Float] =
        stride(from: UInt32(0), through: 0xfffe_ffff, by: 65_537).map { Float(bitPattern: $0) } + [
            0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 88.72283, 88.722_84, -103.972_07,
            -103.972_09, -87.336_54, 3.999_999, 4, -4, 1, 0.999_999_94, 128, -128,
        ]

    /// The largest error in units in the last place that rounding from a result right to 0.01 of one leaves.
    private static let units = 0.51

    private func expect(
        _ name: String, _ function: any Operator, _ exact: (Double) -> Double
    ) throws {
        let y = try OperatorHarness.value(function, Tensor(Self.numbers)).floats()
        for (x, found) in zip(Self.numbers, y) {
            let goal = exact(Double(x))
            if goal.isNaN {
                #expect(found.isNaN, "\(name)(\(x))")
            } else if Float(goal).isInfinite || Float(goal) == 0 {
                #expect(found == Float(goal) && found.sign == goal.sign, "\(name)(\(x))")
            } else {
                let error = abs(Double(found) - goal) / Double(Float(goal).ulp)
                #expect(error <= Self.units, "\(name)(\(x)) = \(found), expected \(goal)")
            }
        }
    }

    @Test("Exponentials are rounded once")
    func exponential() throws { try expect("exp", Exp()) { exp($0) } }

    @Test("Wide exponentials are right to single precision, and 0 where there is nothing left")
    func wideExponential() {
        let x = Self.numbers.map { Double($0) } + [-707.9, -708.5, 709]
        var y = [Double](repeating: 0, count: x.count)
        Float.wideExp(x, minus: 0, to: &y, count: x.count)
        for (x, found) in zip(x, y) {
            let goal = exp(x)
            if x.isNaN {
                #expect(found.isNaN)
            } else if x < -708 {
                #expect(found == 0, "exp(\(x))")
            } else if x <= 709 {
                #expect(abs(found - goal) <= 3e-10 * goal, "exp(\(x)) = \(found)")
            } else {
                #expect(found > 8e307, "exp(\(x)) = \(found)")
            }
        }
    }

    @Test("The error function is rounded once")
    func errorFunction() throws { try expect("erf", Erf()) { erf($0) } }

    @Test("A number gives the same wherever it stands, and in the place of the numbers")
    func places() {
        let x = (0..<67).map { Float($0) * 0.31 - 9 }
        let functions: [(UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void] = [
            { Float.exp($0, to: $1, count: $2) },
            { Float.erf($0, to: $1, count: $2) },
        ]
        for function in functions {
            var whole = [Float](repeating: 0, count: x.count)
            function(x, &whole, x.count)
            for index in x.indices {
                var single: Float = 0
                function([x[index]], &single, 1)
                #expect(single == whole[index])
            }
            var own = x
            own.withUnsafeMutableBufferPointer { own in
                if let base = own.baseAddress { function(base, base, own.count) }
            }
            #expect(own == whole)
        }
    }

    @Test("The largest of any count is found", arguments: [1, 2, 7, 8, 9, 16, 31])
    func largest(count: Int) {
        for place in 0..<count {
            var x = (0..<count).map { -Float($0) }
            x[place] = 3
            #expect(Float.largest(x, count: count) == 3)
        }
    }

    @Test("All half-precision numbers become single-precision ones and back")
    func halves() {
        for bits in UInt16.min...UInt16.max {
            let number = Float16(bitPattern: bits)
            #expect(number.computed.isNaN == number.isNaN)
            if number.isNaN { continue }
            #expect(number.computed.bitPattern == Float(number).bitPattern)
            #expect(Float16(computed: Float(number)).bitPattern == bits)
        }
    }

    @Test("Numbers are rounded to half precision as the compiler's runtime does")
    func rounding() {
        for number in Self.numbers {
            let (found, expected) = (Float16(computed: number), Float16(number))
            #expect(found.isNaN == expected.isNaN)
            if !found.isNaN { #expect(found.bitPattern == expected.bitPattern, "\(number)") }
        }
        // Ties, and their neighbours on either side.
        for bits in stride(from: UInt16(0), through: 0x7bff, by: 7) {
            let low = Float(Float16(bitPattern: bits))
            let high = Float(Float16(bitPattern: bits).nextUp)
            let middle = high.isInfinite ? 65_520 : (low + high) / 2
            for number in [middle.nextDown, middle, middle.nextUp, -middle] {
                #expect(Float16(computed: number).bitPattern == Float16(number).bitPattern)
            }
        }
    }
}
