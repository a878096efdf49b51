#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Computes on quantized numbers in the order in which those of an operand stand.
    enum QuantizedBinaryLowering: Lowering {
        static var resultTypes: [DataType] { [.uint8, .int8] }

        static func lower(
            _ operation: QuantizedBinary, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try builder.lowerInOrder(node, operands: 2, of: [.uint8, .int8])
        }
    }
#endif
