"""Thirty equations of the Feynman Lectures on Physics, with their units and the ranges of the AI Feynman database.

An equation is named for its volume, chapter and number. Physical constants are variables, as in the database.
"""

from __future__ import annotations

from ...spaces.formulas.units import powers
from .equations import Equation, Sampling

_SOURCE = (
    "Feynman, Leighton, Sands, 1963, The Feynman Lectures on Physics; ranges of Udrescu, Tegmark, 2020, AI Feynman: a "
    "physics-inspired method for symbolic regression, Science Advances 6, arXiv:1905.11481. Differs: SI base units"
)
#: How many rows are drawn where nothing else is asked; the database has 100,000 for each equation.
_ROWS = 1000

#: Number; target and its unit; text; variables with their least and greatest value and their unit.
_TABLE = (
    ("I.6.20a", "f 1", "exp(-theta**2/2)/sqrt(2*pi)", "theta 1 3 1"),
    ("I.6.20", "f 1", "exp(-(theta/sigma)**2/2)/(sqrt(2*pi)*sigma)", "sigma,theta 1 3 1"),
    ("I.8.14", "d m", "sqrt((x2 - x1)**2 + (y2 - y1)**2)", "x1,x2,y1,y2 1 5 m"),
    ("I.10.7", "m kg", "m_0/sqrt(1 - v**2/c**2)", "m_0 1 5 kg; v 1 2 m/s; c 3 10 m/s"),
    ("I.12.2", "F N", "q1*q2/(4*pi*epsilon*r**2)", "q1,q2 1 5 C; epsilon 1 5 F/m; r 1 5 m"),
    ("I.12.11", "F N", "q*(Ef + B*v*sin(theta))", "q 1 5 C; Ef 1 5 V/m; B 1 5 T; v 1 5 m/s; theta 1 5 1"),
    ("I.13.4", "K J", "m*(v**2 + u**2 + w**2)/2", "m 1 5 kg; v,u,w 1 5 m/s"),
    ("I.13.12", "U J", "G*m1*m2*(1/r2 - 1/r1)", "m1,m2 1 5 kg; r1,r2 1 5 m; G 1 5 m3/kg/s2"),
    ("I.14.3", "U J", "m*g*z", "m 1 5 kg; g 1 5 m/s2; z 1 5 m"),
    ("I.14.4", "U J", "k_spring*x**2/2", "k_spring 1 5 N/m; x 1 5 m"),
    ("I.15.3x", "x1 m", "(x - u*t)/sqrt(1 - u**2/c**2)", "x 5 10 m; u 1 2 m/s; c 3 20 m/s; t 1 2 s"),
    ("I.16.6", "v1 m/s", "(u + v)/(1 + u*v/c**2)", "c,v,u 1 5 m/s"),
    ("I.18.4", "r m", "(m1*r1 + m2*r2)/(m1 + m2)", "m1,m2 1 5 kg; r1,r2 1 5 m"),
    ("I.18.12", "tau J", "r*F*sin(theta)", "r 1 5 m; F 1 5 N; theta 0 5 1"),
    ("I.24.6", "E_n J", "m*(omega**2 + omega_0**2)*x**2/4", "m 1 3 kg; omega,omega_0 1 3 1/s; x 1 3 m"),
    ("I.27.6", "foc m", "1/(1/d1 + n/d2)", "d1,d2 1 5 m; n 1 5 1"),
    ("I.29.16", "x m", "sqrt(x1**2 + x2**2 - 2*x1*x2*cos(theta1 - theta2))", "x1,x2 1 5 m; theta1,theta2 1 5 1"),
    ("I.30.3", "Int W/m2", "Int_0*sin(n*theta/2)**2/sin(theta/2)**2", "Int_0 1 5 W/m2; theta,n 1 5 1"),
    ("I.34.8", "omega 1/s", "q*v*B/p", "q 1 5 C; v 1 5 m/s; B 1 5 T; p 1 5 kg m/s"),
    ("I.34.14", "omega 1/s", "(1 + v/c)/sqrt(1 - v**2/c**2)*omega_0", "c 3 10 m/s; v 1 2 m/s; omega_0 1 5 1/s"),
    ("I.37.4", "Int W/m2", "I1 + I2 + 2*sqrt(I1*I2)*cos(delta)", "I1,I2 1 5 W/m2; delta 1 5 1"),
    ("I.39.1", "E_n J", "3/2*pr*V", "pr 1 5 Pa; V 1 5 m3"),
    ("I.39.22", "pr Pa", "n*kb*T/V", "n 1 5 1; T 1 5 K; V 1 5 m3; kb 1 5 J/K"),
    ("I.40.1", "n 1/m3", "n_0*exp(-m*g*x/(kb*T))", "n_0 1 5 1/m3; m 1 5 kg; x 1 5 m; T 1 5 K; g 1 5 m/s2; kb 1 5 J/K"),
    ("I.44.4", "E_n J", "n*kb*T*log(V2/V1)", "n 1 5 1; kb 1 5 J/K; T 1 5 K; V1,V2 1 5 m3"),
    ("I.47.23", "c m/s", "sqrt(gamma*pr/rho)", "gamma 1 5 1; pr 1 5 Pa; rho 1 5 kg/m3"),
    ("I.50.26", "x m", "x1*(cos(omega*t) + alpha*cos(omega*t)**2)", "x1 1 3 m; omega 1 3 1/s; t 1 3 s; alpha 1 3 1"),
    ("II.11.28", "theta 1", "1 + n*alpha/(1 - n*alpha/3)", "n 0 1 1/m3; alpha 0 1 m3"),
    ("III.15.14", "m kg", "(h/(2*pi))**2/(2*E_n*d**2)", "h 1 5 J s; E_n 1 5 J; d 1 5 m"),
    ("III.17.37", "f 1", "beta*(1 + alpha*cos(theta))", "beta,alpha,theta 1 5 1"),
)  # fmt: skip

#: The ten that are compared with other programs.
COMPARED = ("I.6.20a", "I.8.14", "I.12.2", "I.14.3", "I.16.6", "I.18.4", "I.27.6", "I.34.8", "I.39.1", "I.50.26")


def _equation(number: str, target: str, text: str, variables: str) -> Equation:
    name, _, unit = target.partition(" ")
    ranges, units = {}, {name: powers(unit)}
    for part in variables.split(";"):
        names, low, high, unit = part.split(maxsplit=3)
        for variable in names.split(","):
            ranges[variable], units[variable] = Sampling(float(low), float(high)), powers(unit)
    return Equation(f"feynman-{number}", text, ranges, rows=_ROWS, target=name, units=units, source=_SOURCE)


#: feynman-I.6.20a to feynman-III.17.37.
FEYNMAN = {f"feynman-{row[0]}": _equation(*row) for row in _TABLE}
