#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Looks integers up in whatever order they stand.
    enum TableLookupLowering: Lowering {
        static var resultTypes: [DataType] { [.uint8, .int8] }

        static func lower(
            _ operation: TableLookup, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            try builder.lowerInOrder(node, operands: 1, of: [.uint8, .int8])
        }
    }
#endif
