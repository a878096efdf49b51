import HingeGraph
import Testing

@testable import HingeOperators

/// The distance from a number of a type to the next one, at a value.
func unitInLastPlace(of value: Double, _ type: DataType) -> Double {
    switch type {
    case .float64: value.ulp
    case .float32: Double(Float(value).ulp)
    case .float16: Double(Float16(value).ulp)
    case .bfloat16: Double(Float(value).ulp) * 65536
    default: 0
    }
}

/// Expects numbers of a type, within some units in the last place.
///
/// - Parameters:
///   - units: How many units in the last place each number may be off.
///   - floor: The least magnitude whose last place counts, for formulas that lose digits near 0.
func expectClose(
    _ found: Tensor, _ expected: [Double], units: Double, floor: Double = 0,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let type = found.dataType
    let values = try found.doubles()
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    let rounded = try Tensor(expected).converted(to: type).doubles()
    for (index, (value, goal)) in zip(values, rounded).enumerated() {
        if value == goal || value.isNaN && goal.isNaN { continue }
        let unit = unitInLastPlace(of: max(goal.magnitude, floor), type)
        #expect(
            (value - expected[index]).magnitude <= units * unit,
            "element \(index) of \(type): expected \(expected[index]), found \(value)",
            sourceLocation: sourceLocation)
    }
}

/// A function of one number: some arguments, which every floating-point type of 16 bits or more holds
/// exactly, and its values.
struct FunctionCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var function: any Operator
    var x: [Double]
    var y: [Double]
    /// The least magnitude of a result whose last place counts.
    var floor: Double

    init(
        _ name: String, _ function: any Operator, x: [Double], y: [Double], floor: Double = 0
    ) {
        testDescription = name
        self.function = function
        self.x = x
        self.y = y
        self.floor = floor
    }

    /// Evaluates the function in a type and compares.
    ///
    /// Four units in the last place are what the C library's functions may be off, chained; the 16-bit types are
    /// computed in `Float` and rounded once, which is half a unit and a little.
    func check(_ type: DataType) throws {
        let result = try OperatorHarness.value(function, Tensor(x).converted(to: type))
        #expect(result.dataType == type)
        let isWide = type == .float32 || type == .float64
        try expectClose(result, y, units: isWide ? 4 : 0.51, floor: floor)
    }
}

extension DataType {
    /// The floating-point types that operators compute in.
    static let floats: [DataType] = [.float32, .float64, .float16, .bfloat16]
    /// The integer types of 8 bits or more.
    static let integers: [DataType] = [
        .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64,
    ]
}
