#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Quantizes by one scale in whatever order the elements stand.
    enum QuantizeLinearLowering: Lowering {
        static var resultTypes: [DataType] { [.uint8, .int8] }

        static func lower(
            _ operation: QuantizeLinear, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard builder.isUniform(node) else { return false }
            return try builder.lowerInOrder(node, operands: 1, of: [.float32])
        }
    }

    extension PlanBuilder {
        /// Whether a step that quantizes or dequantizes has one scale and one zero point.
        func isUniform(_ node: LoweredNode) -> Bool {
            node.step.inputs.dropFirst().allSatisfy { slot in
                slot.map { tensorType($0)?.count == 1 } ?? true
            }
        }
    }
#endif
