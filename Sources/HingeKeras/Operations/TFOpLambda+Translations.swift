import HingeGraph

extension TFOpLambdaLayer {
    /// The functions that Hinge knows, as they stand below `tf`.
    static let translations: [String: Translation] = {
        var table: [String: Translation] = [:]
        func pairs(_ names: [String], _ operation: String) {
            for name in names {
                table[name] = Translation(
                    operation: operation, first: "x1", names: ["y": "x2"])
            }
        }
        func singles(_ names: [String: String]) {
            for (name, operation) in names {
                table[name] = Translation(operation: operation, names: ["features": "x"])
            }
        }
        pairs(["__operators__.add", "math.add"], "Add")
        pairs(["math.subtract"], "Subtract")
        pairs(["math.multiply"], "Multiply")
        pairs(["math.truediv", "math.divide"], "TensorFlowDivide")
        pairs(["math.floordiv", "compat.v1.floor_div"], "FloorDivide")
        pairs(["math.floormod", "math.mod"], "Mod")
        pairs(["math.pow"], "Power")
        pairs(["math.maximum"], "Maximum")
        pairs(["math.minimum"], "Minimum")
        pairs(["math.squared_difference"], "SquaredDifference")
        pairs(["math.greater"], "Greater")
        pairs(["math.greater_equal"], "GreaterEqual")
        pairs(["math.less"], "Less")
        pairs(["math.less_equal"], "LessEqual")
        pairs(["math.equal", "__operators__.eq"], "Equal")
        pairs(["math.not_equal", "__operators__.ne"], "NotEqual")
        pairs(["math.logical_and"], "LogicalAnd")
        pairs(["math.logical_or"], "LogicalOr")
        pairs(["math.logical_xor"], "LogicalXor")
        singles([
            "math.negative": "Negative", "math.abs": "Absolute", "math.exp": "Exp",
            "math.log": "Log", "math.log1p": "Log1p", "math.expm1": "Expm1", "math.sqrt": "Sqrt",
            "math.rsqrt": "Rsqrt", "math.square": "Square", "math.tanh": "Tanh",
            "math.sigmoid": "Sigmoid", "math.softplus": "Softplus", "math.erf": "Erf",
            "math.sin": "Sin", "math.cos": "Cos", "math.tan": "Tan", "math.ceil": "Ceil",
            "math.floor": "Floor", "math.round": "Round", "math.sign": "Sign",
            "math.reciprocal": "Reciprocal", "math.logical_not": "LogicalNot",
            "math.is_nan": "Isnan", "math.is_inf": "Isinf", "math.is_finite": "Isfinite",
            "nn.relu": "Relu", "nn.relu6": "Relu6", "nn.selu": "Selu", "nn.softplus": "Softplus",
            "nn.softsign": "Softsign", "nn.sigmoid": "Sigmoid", "nn.tanh": "Tanh",
            "nn.elu": "Elu", "identity": "Identity", "stop_gradient": "Identity",
            "math.acos": "Arccos", "math.acosh": "Arccosh", "math.asin": "Arcsin",
            "math.asinh": "Arcsinh", "math.atan": "Arctan", "math.atanh": "Arctanh",
            "math.cosh": "Cosh", "math.sinh": "Sinh", "math.rint": "Round",
            "math.log_sigmoid": "LogSigmoid", "math.erfc": "Erfc",
        ])
        for (name, operation) in [("nn.log_softmax", "LogSoftmax"), ("nn.softmax", "Softmax")] {
            table[name] = Translation(operation: operation, shared: ["axis"])
        }
        table["nn.gelu"] = Translation(operation: "Gelu", implied: ["approximate": false])
        table["nn.leaky_relu"] = Translation(
            operation: "LeakyRelu", names: ["alpha": "negative_slope"],
            implied: ["negative_slope": 0.2])
        for (name, operation) in [
            "mean": "Mean", "sum": "Sum", "max": "Max", "min": "Min", "prod": "Prod",
            "any": "Any", "all": "All", "logsumexp": "Logsumexp", "variance": "Var", "std": "Std",
        ] {
            table["math.reduce_\(name)"] = Translation(
                operation: operation, shared: ["axis", "keepdims"])
        }
        table["math.cumprod"] = Translation(operation: "Cumprod", implied: ["axis": 0])
        table["reshape"] = Translation(operation: "Reshape", names: ["shape": "newshape"])
        for name in ["compat.v1.transpose", "transpose"] {
            table[name] = Translation(operation: "Transpose", names: ["perm": "axes"])
        }
        table["concat"] = Translation(operation: "Concatenate", first: "xs", shared: ["axis"])
        table["stack"] = Translation(operation: "Stack", first: "x", shared: ["axis"])
        table["unstack"] = Translation(operation: "Unstack", shared: ["axis", "num"])
        table["split"] = Translation(
            operation: "Split", names: ["num_or_size_splits": "indices_or_sections"],
            shared: ["axis", "num"])
        table["expand_dims"] = Translation(operation: "ExpandDims", shared: ["axis"])
        for name in ["compat.v1.squeeze", "squeeze"] {
            table[name] = Translation(operation: "Squeeze", shared: ["axis"])
        }
        table["cast"] = Translation(operation: "Cast", shared: ["dtype"])
        table["clip_by_value"] = Translation(
            operation: "Clip", names: ["clip_value_min": "x_min", "clip_value_max": "x_max"])
        for name in ["compat.v1.pad", "pad"] {
            table[name] = Translation(
                operation: "Pad", names: ["paddings": "pad_width"],
                shared: ["mode", "constant_values"])
        }
        for name in ["where", "compat.v1.where"] {
            table[name] = Translation(
                operation: "Where", first: "condition", names: ["x": "x1", "y": "x2"])
        }
        table["tile"] = Translation(operation: "Tile", names: ["multiples": "repeats"])
        table["linalg.matmul"] = Translation(
            operation: "Matmul", first: "x1", names: ["b": "x2"],
            shared: ["transpose_a", "transpose_b"])
        table["roll"] = Translation(operation: "Roll", shared: ["shift", "axis"])
        table["reverse"] = Translation(operation: "Flip", shared: ["axis"])
        table["repeat"] = Translation(operation: "Repeat", shared: ["repeats", "axis"])
        table["broadcast_to"] = Translation(operation: "BroadcastTo", shared: ["shape"])
        table["zeros_like"] = Translation(operation: "ZerosLike")
        table["ones_like"] = Translation(operation: "OnesLike")
        table["__operators__.getitem"] = Translation(
            operation: "GetItem", names: ["slice_spec": "key"])
        return table
    }()
}
