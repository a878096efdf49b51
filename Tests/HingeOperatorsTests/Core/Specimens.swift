import HingeGraph

@testable import HingeOperators

/// Operators with inputs, for what holds of all of them at every version.
enum Specimens {
    private static let numbers: [Double] = (0..<24).map { (index: Int) -> Double in
        Double(index * 7 % 24) / 4 - 3
    }

    /// `[2, 3, 4]`, from −3 to 2.75.
    static let x = Tensor(numbers.map { Float($0) }, shape: [2, 3, 4])
    static let wide = Tensor(numbers, shape: [2, 3, 4])
    static let narrow = Tensor(numbers.map { BFloat16(Float($0)) }, shape: [2, 3, 4])
    static let whole = Tensor(numbers.map { Int32($0 * 4) }, shape: [2, 3, 4])
    static let unsigned = Tensor(numbers.map { UInt32($0 * 4 + 12) }, shape: [2, 3, 4])
    static let flags = Tensor(numbers.map { $0 > 0 }, shape: [2, 3, 4])
    /// From 0.5 to 6.25.
    static let above = Tensor(numbers.map { Float($0) + 3.5 }, shape: [2, 3, 4])
    /// From 1 to 6.75.
    static let beyond = Tensor(numbers.map { Float($0) + 4 }, shape: [2, 3, 4])
    /// Between −1 and 1.
    static let inside = Tensor(numbers.map { Float($0) / 4 }, shape: [2, 3, 4])

    static func slopes(_ shape: Int...) -> Tensor {
        Tensor(
            (0..<shape.reduce(1, *)).map { Float($0) / 4 + 0.25 }, shape: shape)
    }

    static func scalar(_ value: Float) -> Tensor { Tensor(scalar: value) }

    static func axis(_ value: Int64) -> Tensor { Tensor([value]) }

    /// `[2]`, two strings.
    static let words: Tensor = {
        do {
            return try Tensor(strings: ["a", "b"], shape: [2])
        } catch {
            fatalError("\(error)")
        }
    }()

    /// An operator that takes all dimensions from its axis on as one.
    static func flattened<Activation: AxisActivation>(_ activation: Activation) -> Activation {
        var activation = activation
        activation.isFlattened = true
        return activation
    }

    /// An operator that lays its second input over the first from an axis on, as versions before 7 do.
    static func along<Function: BroadcastingOperator>(
        _ function: Function, _ axis: Int
    ) -> Function {
        var function = function
        function.legacy = LegacyBroadcast(isOn: true, axis: axis)
        return function
    }
}
