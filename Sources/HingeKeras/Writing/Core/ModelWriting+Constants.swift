import HingeGraph
import HingeOperators

extension ModelWriting {
    /// A constant as a tensor: what Keras computes comes from the inputs of the model, so that it is the sum of the constant
    /// and of a zero that an element of another tensor gives, whatever that is.
    ///
    /// - Parameters:
    ///   - constant: The constant.
    ///   - source: The tensor, of numbers or truth values; it must not be empty when the model runs.
    ///   - wanted: The name of the sum, which is no other layer's.
    /// - Throws: ``HingeError`` when the target holds layers only, or Keras can't add elements of the type.
    func tensor(
        constant: Tensor, from source: KerasTensor, _ wanted: String
    ) throws -> KerasTensor {
        guard target == .keras3 else {
            throw HingeError(
                .unsupported,
                "a constant in place of a computed value can't stand in a .h5 file; write a .keras file"
            )
        }
        guard constant.dataType != .uint64, constant.dataType != .string else {
            throw HingeError(
                .unsupported, "Keras can't give out a constant of type \(constant.dataType)")
        }
        let first = [CallArgument<KerasTensor>](repeating: .literal(0), count: source.rank)
        let element =
            source.rank == 0
            ? source
            : append(
                "GetItem", [.tensor(source), .list(first)], OutputType(source.type, []),
                name: name("\(wanted)_element"))
        let isNever = append(
            source.type == .bool ? "LogicalXor" : "Less", [.tensor(element), .tensor(element)],
            OutputType(.bool, []), name: name("\(wanted)_never"))
        let type = OutputType(constant.dataType, Shape(constant.shape))
        if constant.dataType == .bool {
            return append(
                "LogicalOr", [.constant(constant), .tensor(isNever)], type, name: wanted)
        }
        let zero = append(
            WrittenLayer(
                name: name("\(wanted)_zero"),
                kind: .operation(
                    .core("Cast"),
                    config: JSONObject("dtype", .string(constant.dataType.description))),
                arguments: CallArguments([.tensor(isNever)]),
                outputs: [OutputType(constant.dataType, [])]))[0]
        return append("Add", [.constant(constant), .tensor(zero)], type, name: wanted)
    }

    private func append(
        _ operation: String, _ arguments: [CallArgument<KerasTensor>], _ type: OutputType,
        name: String
    ) -> KerasTensor {
        append(
            WrittenLayer(
                name: name, kind: .operation(.numpy(operation), config: JSONObject()),
                arguments: CallArguments(arguments), outputs: [type]))[0]
    }
}

extension JSONObject {
    /// An object with one member.
    fileprivate init(_ key: String, _ value: JSONValue) {
        self.init()
        self[key] = value
    }
}
