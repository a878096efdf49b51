import HingeGraph
import Testing

@testable import HingeOperators

extension Tensor {
    /// Numbers that look arbitrary and that every floating-point type holds exactly: eighths from −11 to 11.
    ///
    /// NumPy: `((arange(n) * 37 + 11 + seed * 7) % 23 - 11) / 8`.
    static func wave(_ shape: Int..., seed: Int = 0) -> Tensor { wave(shape, seed: seed) }

    /// Numbers that look arbitrary and that every floating-point type holds exactly: eighths from −11 to 11.
    static func wave(_ shape: [Int], seed: Int = 0) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(
            (0..<count).map { Float(($0 * 37 + 11 + seed * 7) % 23 - 11) / 8 }, shape: shape)
    }

    /// The same numbers as another type.
    func cast(to type: DataType) -> Tensor {
        do {
            return try converted(to: type)
        } catch {
            Issue.record("\(error)")
            return self
        }
    }
}

/// Expects a tensor of the given shape whose elements are within `tolerance`, absolute and relative, of the given ones.
func expectClose(
    _ found: Tensor?, _ expected: [Double], shape: [Int]? = nil, tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let found = try #require(found, sourceLocation: sourceLocation)
    if let shape { #expect(found.shape == shape, sourceLocation: sourceLocation) }
    let values = try found.doubles()
    try #require(values.count == expected.count, sourceLocation: sourceLocation)
    for (index, (value, wanted)) in zip(values, expected).enumerated() {
        let isClose =
            value == wanted || value.isNaN && wanted.isNaN
            || abs(value - wanted) <= tolerance * max(1, abs(wanted))
        #expect(
            isClose, "element \(index): expected \(wanted), found \(value)",
            sourceLocation: sourceLocation)
    }
}

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch let error as HingeError {
        return error.description
    } catch {
        return "\(error)"
    }
}
