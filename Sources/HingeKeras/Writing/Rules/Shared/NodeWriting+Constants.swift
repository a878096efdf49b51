import HingeGraph
import HingeOperators

extension NodeWriting {
    /// A number as an argument, of the given type.
    ///
    /// - Throws: ``HingeError`` when the type isn't one of numbers.
    func number(_ value: Double, _ type: DataType) throws -> CallArgument<KerasTensor> {
        .constant(try Tensor(filledWith: value, type, shape: []))
    }

    /// A parameter as a configuration has it: exactly where a layer computes in double precision, elsewhere in its shortest
    /// decimal form.
    func exact(_ value: Float, _ type: DataType) -> Double {
        type == .float64 ? Double(value) : value.decimal
    }

    /// Zero as an argument, of the given type.
    func zero(_ type: DataType) throws -> CallArgument<KerasTensor> { try number(0, type) }
}
